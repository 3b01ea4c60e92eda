/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl doctor: whether all is as it has to be, and what to do where it is
 * not.
 *
 * What a renderer opens is asked first, in a child that opens the store: no
 * process may have a store open twice.
 */


#include "certctl_commands.h"
#include "certctl_doctor_address.h"
#include "certctl_doctor_copies.h"
#include "certctl_doctor_home.h"
#include "certctl_doctor_store.h"
#include "certctl_options.h"
#include "certctl_output.h"


static void cmd_doctor_look(certctl_doctor_t *doctor);
static int cmd_doctor_say(certctl_doctor_t *doctor);


int
cmd_doctor(certctl_t *ctl, int argc, char **argv)
{
    int                status;
    certctl_args_t     args;
    certctl_doctor_t   doctor;

    memset(&doctor, 0, sizeof(doctor));
    doctor.ctl = ctl;

    const certctl_option_t  list[] = {
        { "worker-user", CERTCTL_TEXT, &doctor.workers },
        { "local", CERTCTL_FLAG, &doctor.is_local },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);
    if (status != 0) {
        return status;
    }

    doctor.findings = ctl->is_json ? json_array() : NULL;

    cmd_doctor_look(&doctor);

    return cmd_doctor_say(&doctor);
}


static void
cmd_doctor_look(certctl_doctor_t *doctor)
{
    uid_t  renderer;

    if (!certctl_doctor_home(doctor, &renderer)) {
        return;
    }

    certctl_doctor_copies(doctor, renderer);

    if (certctl_doctor_store(doctor) && !doctor->is_local) {
        certctl_doctor_address(doctor);
    }
}


static int
cmd_doctor_say(certctl_doctor_t *doctor)
{
    int  status;

    status = 0;

    if (doctor->ctl->is_json) {
        status = certctl_print(json_pack("{sisiso}",
                               "errors", (int) doctor->counts[CERTCTL_FAULT],
                               "warnings",
                               (int) doctor->counts[CERTCTL_WARNING],
                               "findings", doctor->findings));

    } else {
        printf("%u errors, %u warnings\n", doctor->counts[CERTCTL_FAULT],
               doctor->counts[CERTCTL_WARNING]);
    }

    return status != 0 ? status
           : doctor->counts[CERTCTL_FAULT] > 0 ? CERTCTL_NO : CERTCTL_YES;
}
