# The pages: words complete in every language and nowhere else, nothing that
# the content security policy would stop, and small.

use lib 't/lib';
use NgxCert;

use Encode qw(decode);
use File::Find ();

my $t = NgxCert->new();
my $site = $t->top . '/ngx_cert_module/site';

my (%text, %size);
File::Find::find({no_chdir => 1, wanted => sub {
    return if !-f $_;
    my $name = s{^\Q$site\E/}{}r;
    my $raw = $t->read($_);
    $size{$name} = length $raw;
    $text{$name} = decode('UTF-8', $raw, Encode::FB_CROAK);
}}, $site);

# All that a page has its reader load, in one language.
my %loads = (
    'check.html' => qr{^(?:check\.html|parts/|assets/(?:css/(?!me)|icons|js/\w+\.
                       |lang/zh))}x,
    'me.html'    => qr{^(?:me\.html|parts/|assets/(?:css/(?:site|me)|icons
                       |js/lang|js/me/|lang/zh))}x,
);
for my $page (sort keys %loads) {
    my $bytes = 0;
    $bytes += $size{$_} for grep { /$loads{$page}/ } keys %size;
    cmp_ok($bytes, '<', 100_000, "$page with all it loads: less than 100 KB");
}
ok($text{$_}, "there is $_") for qw(check.html error.html assets/css/site.css
    assets/icons/icons.svg assets/js/lang.js);

my @pages = grep { /\.html$/ } sort keys %text;
my @scripts = grep { /\.js$/ } sort keys %text;
my @words = map { m{^assets/lang/(\w+)\.ssi$} } sort keys %text;
is("@words", 'en zh', 'the languages');


# Words.
my $line = qr/<!--# set var="(\w+)" value="([^"\$]*)" -->/;
my %words;
for my $lang (@words) {
    my @lines = split /\n/, $text{"assets/lang/$lang.ssi"};
    is(join("\n", grep { !/^$line$/ } @lines), '', "$lang: words only");

    my (%word, @twice);
    for (@lines) {
        my ($key, $value) = /$line/ or next;
        push @twice, $key if exists $word{$key};
        $word{$key} = $value;
    }
    is("@twice", '', "$lang: each key once");
    is(join(' ', grep { $word{$_} !~ /\S/ } sort keys %word), '',
       "$lang: none is empty");
    is(join(' ', grep { $word{$_} =~ /<|-->/ } sort keys %word), '',
       "$lang: no markup");
    cmp_ok(length(Encode::encode('UTF-8', $_)), '<', 2048,
           "$lang: fits ssi_value_length") for grep { length > 500 }
        values %word;
    $words{$lang} = \%word;
}
my %zh = %{$words{zh}};
my %en = %{$words{en}};
is(join(' ', grep { !exists $zh{$_} } sort keys %en), '',
   'all of en is in zh');
is(join(' ', grep { !exists $en{$_} } sort keys %zh), '',
   'all of zh is in en');

sub places { return join ' ', sort $_[0] =~ /\{(\w+)\}/g }
is(join(' ', grep { places($zh{$_}) ne places($en{$_} // '') } sort keys %zh),
   '', 'both have the same places for values');


# What pages and scripts name.  A script may make a key of a part, "KEY_" with
# more behind it, so what begins so counts as named.
my (%named, %begun);
for (@pages) {
    $named{$1} = $_
        while $text{$_} =~ /(?:echo var="|value="\$)([a-z]+_\w+)"/g;
}
my %own = map { $_ => 1 } map { $text{$_} =~ /set var="(\w+)"/g } @pages;
delete @named{grep { /^(?:cert_|http_|site_lang$)/ || $own{$_} } keys %named};

my $prefix = join '|', keys %{{map { /^([a-z]+_)/ ? ($1 => 1) : () }
                               keys %zh}};
for my $name (@scripts) {
    $named{$1} = $name
        while $text{$name} =~ /['"`]((?:$prefix)\w*[a-z])['"`]/g;
    $begun{$1} = $name while $text{$name} =~ /`((?:$prefix)\w*_)\$\{/g;
    $begun{"$1_"} = $name
        while $text{$name} =~ /'((?:$prefix)\w+)_?'/g;
}
is(join(' ', grep { !exists $zh{$_} } sort keys %named), '',
   'every key that is named is there');
my $begun = join '|', map { quotemeta } keys %begun;
is(join(' ', grep { !$named{$_} && (!$begun || !/^(?:$begun)/) }
        sort keys %zh), '', 'every key is named somewhere');

for my $name (@pages, @scripts) {
    my @lines = grep { /\p{Han}/ } split /\n/, $text{$name};
    is("@lines", '', "$name: no Chinese of its own");
}


# What the policy stops: nothing inline, nothing from elsewhere.
for my $name (sort keys %text) {
    my $text = $text{$name} =~ s/<!--(?!#).*?-->//gsr;

    my @urls = grep { $_ ne 'http://www.w3.org/2000/svg' }
        $text =~ m{(?<!:)((?:https?:)?//[a-z0-9][\w.-]*[^\s"'`<>)]*)}gi;
    is("@urls", '', "$name: no URL of another place");
    next if $name =~ /\.(?:css|ssi)$/;

    unlike($text, qr/<[^>]*\sstyle=/i, "$name: no style of an element");
    unlike($text, qr/<style\b/i, "$name: no inline style");
    unlike($text, qr/<[^>]*\son\w+=/i, "$name: no handler in markup");
    unlike($text, qr/javascript:|\bdata:[a-z]+\/|\beval\(|new Function/,
           "$name: nothing that is run from text");
    is(join(' ', grep { !/\bsrc="/ } $text =~ /<script\b[^>]*>/g), '',
       "$name: no inline script");
}

# What a page refers to is there.
for my $name (@pages, @scripts) {
    my %wanted = map { $_ => 1 }
        $text{$name} =~ m{["'`]/site/([\w/.-]+?\.\w+)[#"'`]}g;
    ok(exists $text{"assets/$_"}, "$name: $_ is there") for sort keys %wanted;
    my %parts = map { $_ => 1 } $text{$name} =~ m{virtual="/page/([\w/.-]+)"}g;
    ok(exists $text{$_}, "$name: $_ is there") for sort keys %parts;
    my %modules = map { $_ => 1 } $name =~ m{(.*/)}
        ? $text{$name} =~ m{(?:from|import\()\s*'\./([\w-]+\.js)'}g : ();
    my ($folder) = $name =~ m{(.*/)};
    ok(exists $text{"$folder$_"}, "$name: $_ is there")
        for sort keys %modules;
}
for my $name (@pages, @scripts) {
    my @icons = $text{$name} =~ /icons\.svg#(\w+)"/g;
    like($text{'assets/icons/icons.svg'}, qr/<symbol id="$_"/,
         "$name: icon $_") for @icons;
}

$t->done();
