# What is promised, and which tests show it: the table of scripts/soak.
#
# A subject is [NAME => WHAT IT DOES, RUNS, PROMISES].
#
# A run is {tests => [files of t/ without ".t", or "unit/NAME"], ...}:
#   quick    0: left out of --quick
#   env      NAME => [quick, full]: a number of full is as many as an hour has
#            room for, and shrinks with --minutes
#   under    "asan": nginx from its source with AddressSanitizer and every pool
#            allocation one of its own, certd and certctl with AddressSanitizer
#            and UBSan
#   needs    a package of Debian's that has to be there
#
# A promise is [NUMBER, WORDS, COUNTS, RISK]: COUNTS are patterns of lines of
# the tests, whose first group is a number, and what it is a number of; they
# are added up, or with "number of" counted.  A pattern that is found nowhere
# breaks the promise, since then nothing was counted.  RISK is what is left, if
# anything is.

use strict;
use warnings;
use utf8;

# The failing allocations of 40-fault are in "faults": with sanitizers it takes
# as long as all others.
my @http = grep { $_ ne '40-fault' } map { s{.*/(.*)\.t$}{$1}r }
    map { glob "t/$_-*.t" } 30, 40;
my $CHECKS = [qr/^()/, 'checks'];

(
    [functional => 'the tests of nginx, under sanitizers',
     [{tests => ['20-config', '20-examples', @http], under => 'asan',
       quick => 0}],
     [[1, 'no request kills or wedges a worker: none ends on a signal, no line'
        . ' at alert or worse, no report of a sanitizer', [$CHECKS]],
      [6, 'HTTP/1.1 and HTTP/2 give the same answers, however a body arrives',
       [$CHECKS]],
      [7, 'bad configuration is refused, with file, line and directive',
       [$CHECKS]]]],

    [mutants => 'mutated requests, with good ones in between',
     [{tests => ['90-mutants'], under => 'asan',
       env => {MUTANTS => [5000, 1_000_000]}}],
     [[1, 'no mutated request kills or wedges a worker, or spoils the answer to'
        . ' another', [[qr/(\d+) mutated requests/, 'mutated requests']]]]],

    [leaks => 'memory and descriptors under mutated requests',
     [{tests => ['90-mutants'], quick => 0,
       env => {MUTANTS => [20_000, 1_000_000]}}],
     [[3, 'no leak and no descriptor drift',
       [[qr/(\d+) mutated requests/, 'requests']],
       'leaks of less than a mebibyte in as many requests would not show']]],

    [fuzz => 'every parser under libFuzzer',
     [{tests => ['02-fuzz'], env => {FUZZ_SECONDS => ['', 50]}}],
     [[2, 'no bytes crash a parser, or make it say what is not so',
       [[qr/: (\d+) runs/, 'runs']],
       'what longer runs would reach; cairo, qpdf and LMDB are not ours to'
       . ' instrument']]],

    [aborts => 'clients that go away after each byte',
     [{tests => ['30-hostile'], under => 'asan',
       env => {ABORTS => [1000, 20_000], HOSTILE => [500, 3000]}},
      {tests => ['75-aborts'], under => 'asan', quick => 0,
       env => {ABORTS => [120, 1500]}}],
     [[4, 'a client may vanish at any byte',
       [[qr/(\d+) clients went away/, 'clients']]]]],

    [alarms => 'the store in use from all sides at once',
     [{tests => ['40-alarms'], env => {ALARM_SECONDS => [8, 300]}}],
     [[12, 'no honest store is called damaged, no check gets 503 and no command'
        . ' fails, also where locks, writes and flushes are held up',
       [[qr/: (\d+) checks/, 'checks'], [qr/: (\d+) commands/, 'commands'],
        [qr/: (\d+) applications/, 'applications']]]]],

    [reloads => 'reloads under load',
     [{tests => ['40-reload'], quick => 0, env => {RELOADS => [50, 200]}}],
     [[5, 'a reload loses no request and leaves no worker behind',
       [[qr/^(\d+) reloads/, 'reloads'],
        [qr/none of (\d+) requests failed/, 'requests meanwhile']]]]],

    [crash => 'losses of power, replayed from what was written',
     [{tests => ['90-crash'], env => {CRASH_STATES => [300, 20_000],
                                      CRASH_ACKS => [40, 400]}}],
     [[8, 'what was acknowledged survives a loss of power',
       [[qr/(\d+) states after/, 'states'],
        [qr/(\d+) changes were told/, 'acknowledged changes']],
       'a write that tears within 512 bytes, a disk that lies about a flush']]],

    [kills => 'SIGKILL to workers, certd, renderers and certctl',
     [{tests => ['40-kill'], quick => 0, env => {WORKER_KILLS => [50, 400]}},
      {tests => ['75-kill'], quick => 0, env => {KILLS => [5, 600],
                                                 JOBS_KILLED => [5, 500]}},
      {tests => ['50-kill'], quick => 0},
      {tests => ['70-apply'], quick => 0, env => {ROUNDS => [2, 200]}}],
     [[8, 'what was acknowledged survives the end of any process',
       [[qr/applications were acknowledged in (\d+) kills/, 'kills of certd'],
        [qr/^(\d+) workers killed/, 'kills of workers'],
        [qr/^(\d+) applications were ack/, 'acknowledged applications']]],
      [9, 'one application has one effect, whatever failed; a quota is never'
        . ' exceeded', [[qr/^(\d+) applications were ack/, 'applications'],
                        [qr/^(of a hundred) at once three/,
                         'number of races for a quota']]],
      [25, 'generation is crash-safe: every job ends exactly once, nothing'
        . ' partial shows',
       [[qr/^(\d+) renderers were killed/, 'kills of renderers']]]]],

    [faults => 'the Nth write, sync or allocation fails, for N = 1 and on',
     [{tests => ['75-stuck'], quick => 0},
      {tests => ['50-fault'], quick => 0, env => {FAULTS => [1, 2]}},
      {tests => ['40-fault'], quick => 0}, {tests => ['50-full'], quick => 0}],
     [[10, 'a full or failing disk is a clean refusal, and it goes on by itself',
       [[qr/: (\d+) calls were failed/, 'failed calls of certctl'],
        [qr/number 1 to (\d+): told in time/, 'failed calls of certd'],
        [qr/right, or none \((\d+) allocations/, 'failed allocations of a'
         . ' worker']]]]],

    [damage => 'stores with wrong bytes in them',
     [{tests => ['unit/cert_damage', 'unit/cert_holder_damage',
                 'unit/cert_absent']},
      {tests => ['40-damage', '75-damage', '50-fsck'], quick => 0}],
     [[11, 'damage never becomes a wrong answer',
       [[qr/(\d+) flips: no wrong answer/, 'damaged stores'],
        [qr/(\d+) flipped bits/, 'damaged records']],
       'LMDB itself may end a worker on a page whose head is damaged; nginx'
       . ' starts another']]],

    [stores => 'stores that are not what they should be',
     [{tests => ['50-wrong-store', '40-store'], quick => 0}],
     [[12, 'a missing, foreign, empty or older store is refused by name, and'
        . ' never made again', [$CHECKS]]]],

    [lockfile => 'the lock file removed under a live service',
     [{tests => ['75-lockfile'], env => {LOCKS_REMOVED => [1, 20]}}],
     [[12, 'a lock file that is removed is noticed, refused and survived',
       [[qr/^restored, (\d+): a check/, 'number of removals']],
       'the milliseconds of a commit in which another process would have to'
       . ' open and write']]],

    [frozen => 'the writer lock held by a process that stands still',
     [{tests => ['75-stuck'], quick => 0, env => {FREEZE => [6, 60]}}],
     [[13, 'a writer that is stuck stalls no reader', [$CHECKS]]]],

    [growth => 'a store that fills up, readers that die',
     [{tests => ['unit/cert_updates'], env => {UPDATES => [20_000, 1_000_000]}},
      {tests => ['40-grow'], quick => 0}],
     [[14, 'the store grows with its data only, and a full map by itself',
       [[qr/(\d+) updates,/, 'updates'],
        [qr/(\d+) readers killed/, 'readers killed in a snapshot']]]]],

    [backups => 'hot copies',
     [{tests => ['50-backup'], quick => 0},
      {tests => ['soak/backups'], env => {BACKUPS => [5, 100]}}],
     [[15, 'a backup is complete to the moment it began, and restores',
       [[qr/(\d+) hot copies/, 'copies under a writer']],
       'how long a large one takes to be copied back is a matter of the disk']]],

    [tokens => 'forged, bent and moved tokens; keys that rotate',
     [{tests => ['unit/cert_token', 'unit/cert_code', 'unit/cert_session']},
      {tests => ['10-token', '10-keys', '50-race'], quick => 0},
      {tests => ['soak/rotation'], env => {ROTATIONS => [2, 50]}}],
     [[16, 'tokens cannot be forged, bent or moved',
       [[qr/(\d+) forged tokens,/, 'forgeries']]],
      [18, 'keys rotate without an outage, and what is retired is refused',
       [[qr/(\d+) rotations/, 'rotations'],
        [qr/(\d+) requests meanwhile/, 'requests meanwhile']]]]],

    [clock => 'a clock that jumps back and ahead',
     [{tests => ['75-clock', 'unit/cert_clock']}],
     [[17, 'expiry is exact, and a clock that jumps revives nothing and ends'
        . ' nothing', [$CHECKS],
       'certd that is started, or certctl that is run, under a clock that is'
       . ' ahead takes it for right']]],

    [withdrawal => 'withdrawal and revocation',
     [{tests => ['30-download', '70-certd'], quick => 0},
      {tests => ['soak/withdraw'], env => {WITHDRAWALS => [5, 1000]}}],
     [[19, 'revocation and withdrawal take effect at the next request: whole,'
        . ' ranged and conditional',
       [[qr/(\d+) withdrawals:/, 'withdrawals'],
        [qr/next of (\d+) requests/, 'requests after them']]]]],

    [logins => 'passwords, sessions and back-off',
     [{tests => ['unit/certd_throttle', 'unit/certd_hashes'], quick => 0},
      {tests => ['70-throttle', '70-session', '70-register'], quick => 0}],
     [[20, 'passwords are slow to guess, sessions end, memory is bounded',
       [$CHECKS]]]],

    [timing => 'what the time of an answer tells',
     [{tests => ['soak/timing'], quick => 0,
       env => {MATCHES => [1000, 20_000], LOGINS => [8, 300]}}],
     [[20, 'a login takes as long for a name that nobody has',
       [[qr/logins: (\d+) pairs/, 'pairs']],
       'an account imported with a hash of another method until its first'
       . ' login'],
      [26, 'a match takes as long whichever part is wrong',
       [[qr/matches: (\d+) pairs/, 'pairs of each kind']]]]],

    [seal => 'sealed copies, seen by independent programs',
     [{tests => ['60-seal', '60-render', '60-publish'], quick => 0}],
     [[22, 'every copy carries a correct PAdES baseline signature',
       [$CHECKS]]]],

    [pdf => 'forged PDFs, and those of other origin',
     [{tests => ['60-verify']}, {tests => ['soak/foreign'], quick => 0}],
     [[23, 'every published class of attack on signed PDFs is refused with a'
        . ' reason, and no original is',
       [[qr/^(\d+) forgeries/, 'forgeries'], [qr/^of (\d+) classes/, 'classes'],
        [qr/^(\d+) files of other origin/, 'files of other origin']]]]],

    [users => 'what each account may do',
     [{tests => ['75-users', 'unit/certd_sandbox'], quick => 0}],
     [[24, 'the key of the seal is out of reach of the web', [$CHECKS],
       'root']]],

    [privacy => 'what a check tells a stranger',
     [{tests => ['unit/cert_person', 'unit/cert_check']},
      {tests => ['30-check', '30-unknown', '30-page'], quick => 0}],
     [[26, 'a public check tells the least: a masked name, no digit of a'
        . ' document, one answer for whatever does not match', [$CHECKS]]]],

    [slow => 'slow clients, against the configuration that is shipped',
     [{tests => ['soak/slow'], needs => 'slowhttptest', quick => 0,
       env => {SLOW_SECONDS => [8, 45]}}],
     [[27, 'who sends or reads slowly keeps nobody else from an answer',
       [[qr/: (\d+) slow connections/, 'slow connections'],
        [qr/^all of (\d+) checks/, 'checks meanwhile']]]]],

    [journal => 'the audit trail',
     [{tests => ['unit/cert_journal']},
      {tests => ['10-journal', '50-fsck', 'unit/cert_change'], quick => 0}],
     [[28, 'the journal is tamper-evident',
       [[qr/(\d+) edits of the journal/, 'edits']]]]],
);
