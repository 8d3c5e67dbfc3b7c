# Databases of our own, and the .cf files by which Postfix reads them.
package Database;
use strict;
use warnings;
use File::Path qw(remove_tree);
use Lab;

use constant { LDAP_PORT => 1389, PASSWORD => 'open-sesame' };

my %types = (
	mysql => [ \&start_mysql, \&sql_cf ],
	pgsql => [ \&start_pgsql, \&sql_cf ],
	sqlite => [ \&start_sqlite, \&sql_cf ],
	ldap => [ \&start_ldap, \&ldap_cf ],
);

# Start a server with rows [ kind, key, value ]; a .cf for each kind.
sub start {
	my ($type, @rows) = @_;
	my $home = "$Lab::dir/$type";
	mkdir $home or die "$home: $!";
	my $database = { type => $type, home => $home };
	$types{$type}[0]->($database, @rows);
	for my $kind (keys %{ { map { $_->[0] => 1 } @rows } }) {
		my $path = "$home/$kind.cf";
		Lab::spew($path, cf($database, $kind));
		Lab::run("chgrp postfix $path && chmod 640 $path");
	}
	return $database;
}

sub stop {
	my ($database) = @_;
	Lab::end($database->{pid}) if $database->{pid};
	remove_tree($database->{home});
}

# The text of a .cf.
sub cf {
	my ($database, $kind) = @_;
	return $types{ $database->{type} }[1]->($database, $kind);
}

# End its server for a while.
sub halt {
	my ($database) = @_;
	Lab::end(delete $database->{pid});
}

sub resume {
	my ($database) = @_;
	$database->{serve}->();
}

# @kind@ as Postfix names it.
sub name_tables {
	my ($database, $text) = @_;
	return $text =~
	    s/\@(\w+)\@/proxy:$database->{type}:$database->{home}\/$1.cf/gr;
}

sub quote {
	my ($text, $type) = @_;
	$text =~ s/\\/\\\\/g if $type eq 'mysql';
	return "'" . $text =~ s/'/''/gr . "'";
}

sub sql {
	my ($type, @rows) = @_;
	my $kind = $type eq 'mysql' ? 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
	    : '';
	return "CREATE TABLE map (kind VARCHAR(20), name VARCHAR(200), " .
	    "value TEXT) $kind;\n" . join '', map {
		'INSERT INTO map VALUES (' . join(', ', map { quote($_, $type) } @$_) .
		    ");\n"
	} @rows;
}

sub sql_cf {
	my ($database, $kind) = @_;
	return "$database->{access}query = SELECT value FROM map " .
	    "WHERE kind = '$kind' AND name = '%s'\n";
}

sub start_sqlite {
	my ($database, @rows) = @_;
	my $file = "$database->{home}/file";
	Lab::spew("$database->{home}/sql", sql($database->{type}, @rows));
	Lab::run("sqlite3 $file <$database->{home}/sql");
	$database->{access} = "dbpath = $file\n";
}

sub start_mysql {
	my ($database, @rows) = @_;
	my ($home, $socket) = ($database->{home}, "$database->{home}/socket");
	Lab::run("chown mysql $home && mariadb-install-db --no-defaults " .
	    "--user=mysql --datadir=$home/data --skip-test-db " .
	    '--auth-root-authentication-method=normal');
	$database->{serve} = sub {
		$database->{pid} = Lab::start("$home/log", 'mariadbd',
		    '--no-defaults', '--user=mysql', "--datadir=$home/data",
		    "--socket=$socket", '--skip-networking',
		    '--innodb-buffer-pool-size=16M', '--innodb-log-file-size=8M');
		Lab::wait_for('MariaDB', sub {
			system("mariadb --no-defaults -S $socket -e '' " .
			    '2>/dev/null') == 0
		});
	};
	$database->{serve}->();
	Lab::spew("$home/sql", "CREATE DATABASE mail; USE mail;\n" . sql($database->{type}, @rows) .
	    "CREATE USER mail\@localhost IDENTIFIED BY '" . PASSWORD . "';\n" .
	    "GRANT SELECT ON mail.* TO mail\@localhost;\n");
	Lab::run("mariadb --no-defaults -S $socket <$home/sql");
	$database->{access} = "hosts = unix:$socket\ndbname = mail\n" .
	    "user = mail\npassword = " . PASSWORD . "\n";
}

sub start_pgsql {
	my ($database, @rows) = @_;
	my $home = $database->{home};
	my ($bin) = sort glob '/usr/lib/postgresql/*/bin';
	my $as = 'setpriv --reuid=postgres --regid=postgres --clear-groups';
	Lab::run("chown postgres $home && chmod 755 $home && cd / && " .
	    "$as $bin/initdb -D $home/data -U mail --auth=trust --no-sync");
	$database->{pid} = Lab::start("$home/log", split(' ', $as),
	    "$bin/postgres", '-D', "$home/data", '-k', $home, '-h', '');
	Lab::wait_for('PostgreSQL', sub {
		system("psql -q -h $home -U mail -c '' postgres 2>/dev/null") == 0
	});
	Lab::spew("$home/sql", sql($database->{type}, @rows));
	Lab::run("psql -q -h $home -U mail -f $home/sql postgres");
	$database->{access} = "hosts = unix:$home\n" .
	    "dbname = postgres\nuser = mail\npassword = " . PASSWORD . "\n";
}

sub start_ldap {
	my ($database, @rows) = @_;
	my $home = $database->{home};
	my $n = 0;
	mkdir "$home/data";
	Lab::spew("$home/slapd.conf", <<"END");
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 16777216
suffix "dc=test"
directory $home/data
END
	my $ldif = "dn: dc=test\nobjectClass: dcObject\n" .
	    "objectClass: organization\no: test\n\n";
	for my $kind (sort keys %{ { map { $_->[0] => 1 } @rows } }) {
		$ldif .= "dn: ou=$kind,dc=test\n" .
		    "objectClass: organizationalUnit\n\n";
	}
	for my $row (@rows) {
		$n++;
		$ldif .= "dn: cn=$n,ou=$row->[0],dc=test\nobjectClass: device\n" .
		    "cn: $row->[1]\ndescription: $row->[2]\n\n";
	}
	Lab::spew("$home/ldif", $ldif);
	Lab::run("slapadd -q -f $home/slapd.conf -l $home/ldif");
	$database->{pid} = Lab::start("$home/log", 'slapd', '-d', '0', '-f',
	    "$home/slapd.conf", '-h', 'ldap://127.0.0.1:' . LDAP_PORT);
	Lab::wait_for('slapd', sub {
		IO::Socket::IP->new(PeerHost => '127.0.0.1',
		    PeerPort => LDAP_PORT)
	});
}

sub ldap_cf {
	my ($database, $kind) = @_;
	return 'server_host = ldap://127.0.0.1:' . LDAP_PORT . "\n" .
	    "version = 3\nbind = no\nsearch_base = ou=$kind,dc=test\n" .
	    "query_filter = (cn=%s)\nresult_attribute = description\n";
}

1;
