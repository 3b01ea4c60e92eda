/*
 * Copyright (C) the ngx_cert authors
 *
 * Headings.  Each column has its English name, which the kind of the intake
 * knows, and here the Chinese ones that the trade uses for it.  A heading that
 * is nearly one of them is none: the column it stands over could be another.
 */


#include <string.h>

#include "certctl_cell.h"
#include "certctl_heading.h"


/* Longest heading that is known, and more. */
#define CERTCTL_HEADING_SIZE  64

typedef struct {
    const char  *heading;
    const char  *name;          /* of a column; "": passed over */
} certctl_heading_t;


static const certctl_heading_t  certctl_headings[] = {
    { "管理号", "number" },
    { "证书管理号", "number" },
    { "证书编号", "number" },
    { "姓名", "name" },
    { "证件类型", "id_type" },
    { "证件号码", "id_number" },
    { "证件号", "id_number" },
    { "性别", "sex" },
    { "出生日期", "birth_date" },
    { "出生年月日", "birth_date" },
    { "资格名称", "qualification" },
    { "专业", "specialty" },
    { "专业名称", "specialty" },
    { "级别", "level" },
    { "资格级别", "level" },
    { "批准日期", "approved" },
    { "签发单位", "issuer" },
    { "状态", "status" },
    { "证书状态", "status" },
    { "替换为", "replaced_by" },
    { "照片", "photo" },
    { "用户名", "username" },
    { "密码", "password" },
    { "注册时间", "created" },
    { "序号", "" }
};


cert_err_t
certctl_heading_find(const certctl_kind_t *kind, cert_str_t heading,
    unsigned *column)
{
    char         key[CERTCTL_HEADING_SIZE];
    size_t       i;
    unsigned     n;
    const char  *name;

    *column = CERTCTL_RECORD_SKIP;

    if (certctl_cell_key(key, sizeof(key), heading) == 0) {
        return CERT_NOT_FOUND;
    }

    name = key;

    for (i = 0; i < sizeof(certctl_headings) / sizeof(certctl_headings[0]);
         i++)
    {
        if (strcmp(key, certctl_headings[i].heading) == 0) {
            name = certctl_headings[i].name;
            break;
        }
    }

    if (name[0] == '\0') {
        return CERT_EXISTS;
    }

    for (n = 0; n < kind->columns_n; n++) {
        if (strcmp(kind->name(n), name) == 0) {
            *column = n;
            return CERT_OK;
        }
    }

    return CERT_NOT_FOUND;
}


int
certctl_heading_is_rejects(const cert_str_t *headings, size_t n)
{
    size_t  i;

    static const char *const  names[] = { "line", "column", "reason" };

    for (i = 0; i < 3; i++) {
        if (n <= i || headings[i].len != strlen(names[i])
            || memcmp(headings[i].data, names[i], headings[i].len) != 0)
        {
            return 0;
        }
    }

    return 1;
}
