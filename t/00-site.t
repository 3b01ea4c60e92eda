# The pages: every text is in the language files, in each language, and nowhere
# else; nothing that the content security policy would block; and small files.

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

my $bytes = 0;
$bytes += $_ for values %size;
cmp_ok($bytes, '<', 120_000, 'the pages together: less than 120 KB');
ok($text{$_}, "$_ exists") for qw(check.html error.html assets/css/site.css
    assets/icons/icons.svg assets/js/lang.js);

my @pages = grep { /\.html$/ } sort keys %text;
my @scripts = grep { /\.js$/ } sort keys %text;
my @words = map { m{^assets/lang/(\w+)\.ssi$} } sort keys %text;
is("@words", 'en zh', 'the languages');


# Words: variables of SSI first, then words that only scripts use, which a page
# that includes the file does not repeat.
my $set = qr/<!--#set var="(\w+)" value="([^"\$]+)"-->/;
my (%words, @shown);
for my $lang (@words) {
    my ($pages, $scripts, @more) = split
        /^<!--#if expr="\$scripts"--><!-- .*\n|^--><!--#endif-->\n/m,
        $text{"assets/lang/$lang.ssi"}, -1;
    is("@more", '', "$lang: two parts");

    my @lines = (map({ [$_, /^$set$/] } split /\n/, $pages),
                 map({ [$_, /^(\w+): (\S.*)$/] } split /\n/, $scripts));
    is(join("\n", map { $_->[0] } grep { @$_ != 3 } @lines), '',
       "$lang: words only");
    @shown = $pages =~ /var="(\w+)"/g;

    my (%word, @twice);
    for (@lines) {
        my (undef, $key, $value) = @$_;
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
   'every key of en is in zh');
is(join(' ', grep { !exists $en{$_} } sort keys %zh), '',
   'every key of zh is in en');

sub places { return join ' ', sort $_[0] =~ /\{(\w+)\}/g }
is(join(' ', grep { places($zh{$_}) ne places($en{$_} // '') } sort keys %zh),
   '', 'both have the same places for values');


# The language switch replaces each text by its translation, found by the text.
for my $pair ([\%zh, \%en], [\%en, \%zh]) {
    my ($from, $to) = @$pair;
    my (%other, @mixed);
    for my $key (@shown, grep { /^(?:file|scan)_/ } sort keys %$from) {
        my $was = $other{$from->{$key}} //= $to->{$key};
        push @mixed, $key if $was ne $to->{$key};
    }
    is("@mixed", '', 'the same text in one language is the same in the other');
}


# The keys that pages and scripts name.  A script may build a key from a part,
# "_KEY" or "KEY_", so keys that begin or end with it count as named.
my (%named, %part);
for (@pages) {
    my @names = $text{$_} =~ /(?:echo var="|[" ]\$)(\w+)(?=[" ])/g;
    @named{@names} = ($_) x @names;
}
my %own = map { $_ => 1 } map { $text{$_} =~ /set var="(\w+)"/g } @pages;
delete @named{grep { /^(?:cert_|http_|host$|site_lang$|scheme$|status$|about$)/
                     || $own{$_} } keys %named};
for my $name (@scripts) {
    my @names = $text{$name}
        =~ /\b(?:t|field|choice|button|asks|card|problem|dialog)\('(\w+)'/g;
    @named{@names} = ($name) x @names;
    $part{$_} = $name for grep { defined } $text{$name}
        =~ /'([a-z]\w+)'|`(\w+_)\$\{/g;
    $part{"_$_"} = $name for $text{$name} =~ /\$\{\w+\}_(\w+)`/g;
}
is(join(' ', grep { !exists $zh{$_} } sort keys %named), '',
   'every named key exists');
my $begun = join '|', grep { /_$/ } keys %part;
my $ended = join '|', grep { /^_/ } keys %part;
is(join(' ', grep { !$named{$_} && !$part{$_} && !/^(?:$begun)|(?:$ended)$/ }
        sort keys %zh), '', 'every key is named somewhere');

# In newer versions of Unicode \p{Han} includes U+00B7, which is used with Han.
my $chinese = qr/[\p{Script=Han}\x{3001}-\x{303f}]/;
for my $name (@pages, @scripts) {
    my @lines = grep { /$chinese/ } split /\n/, $text{$name};
    is("@lines", '', "$name: no Chinese of its own");
}


# A page names all modules that its script begins with, so that the browser asks
# for them at once and not one after the other.
sub modules {
    my ($name, $found) = @_;
    for my $path ($text{$name} =~ /^import .*?from '([^']+)';$/msg) {
        my $module = $name =~ s{[^/]*$}{$path}r;
        $module =~ s{(?<=/)\./}{};
        $module =~ s{[^/]+/\.\./}{};
        modules($module, $found) if !$found->{$module}++;
    }
    return join ' ', sort keys %$found;
}
for my $script (qw(assets/js/check.js assets/js/me/app.js)) {
    my $link = $script =~ s{^assets}{/site}r;
    my ($before) = $text{'parts/head.html'}
        =~ m{((?:<link rel="modulepreload"[^\n]*\n)*)<script[^>]* src="$link">};
    is(join(' ', sort map { s{^/site}{assets}r } $before =~ /href="([^"]*)"/g),
       modules($script, {}), "$script: its modules are loaded at once");
}


# What the policy blocks: anything inline, anything from another site.
for my $name (sort keys %text) {
    my $text = $text{$name} =~ s/<!--(?!#).*?-->//gsr;

    my @urls = grep { $_ ne 'http://www.w3.org/2000/svg' }
        $text =~ m{(?<!:)((?:https?:)?//[a-z0-9][\w.-]*[^\s"'`<>)]*)}gi;
    is("@urls", '', "$name: no URL of another site");
    next if $name =~ /\.(?:css|ssi)$/;

    unlike($text, qr/<[^>]*\sstyle=/i, "$name: no style attribute");
    unlike($text, qr/<style\b/i, "$name: no inline style");
    unlike($text, qr/<[^>]*\son\w+=/i, "$name: no handler in markup");
    unlike($text, qr/javascript:|\bdata:[a-z]+\/|\beval\(|new Function/,
           "$name: no text is run as a script");
    is(join(' ', grep { !/\bsrc="/ } $text =~ /<script\b[^>]*>/g), '',
       "$name: no inline script");
}

# What a page refers to exists.
for my $name (@pages, @scripts) {
    my %wanted = map { $_ => 1 }
        $text{$name} =~ m{["'`]/site/([\w/.-]+?\.\w+)[#"'`]}g;
    ok(exists $text{"assets/$_"}, "$name: $_ exists") for sort keys %wanted;
    my %parts = map { $_ => 1 } $text{$name} =~ m{virtual="/page/([\w/.-]+)"}g;
    ok(exists $text{$_}, "$name: $_ exists") for sort keys %parts;
    my ($folder) = $name =~ m{(.*/)};
    for ($text{$name} =~ m{(?:from|import\()\s*'([\w./-]+\.js)'}g) {
        my $module = "$folder$_" =~ s{/\./}{/}gr =~ s{[^/]+/\.\./}{}r;
        ok(exists $text{$module}, "$name: $module exists");
    }
}
for my $name (@pages, @scripts) {
    my @icons = $text{$name} =~ /icons\.svg#(\w+)"/g;
    like($text{'assets/icons/icons.svg'}, qr/<symbol id="$_"/,
         "$name: icon $_") for @icons;
}

$t->done();
