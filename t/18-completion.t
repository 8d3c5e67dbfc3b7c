#!/bin/sh
# Completion in bash and zsh offers what the programs take: it asks them.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

make -C "$BUILD" --no-print-directory install DEPS=no \
    ${SANITIZE:+SANITIZE=1} PREFIX="$T/usr" CONFDIR="$T/conf" \
    >"$T/install" 2>&1 || bail_out "$(cat "$T/install")"
PATH=$T/usr/sbin:$PATH

# What bash does when TAB is hit behind the words; the last may be empty.
cat >"$T/bash" <<'END'
. "$1/share/bash-completion/completions/$2"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_sekisho "$1" "${COMP_WORDS[COMP_CWORD]}"
printf '%s\n' "${COMPREPLY[@]}"
END

# What zsh does; what it adds to the line goes through two functions of its.
cat >"$T/zsh" <<'END'
fpath=($1/share/zsh/site-functions $fpath)
shift
_files() { [[ $1 = -/ ]] && print -l *(N/) || print -l *(N) }
_describe() { print -l -- ${${(P)2}%%:*} }
words=("$@")
CURRENT=$#
PREFIX=$words[CURRENT]
autoload +X _sekisho
_sekisho
END

# offers EXPECTED NAME WORD...: both shells, in the directory $T/here
offers() {
	expected=$(printf '%s\n' $1 | sort)
	what=$2
	shift 2
	for shell in bash zsh; do
		case $shell in
		bash) offered=$(cd "$T/here" && bash "$T/bash" "$T/usr" "$@") ;;
		zsh) offered=$(cd "$T/here" && zsh -f "$T/zsh" "$T/usr" "$@" |
			while read -r word; do
				case $word in
				"$last"*) echo "$word" ;;
				esac
			done) ;;
		esac
		is "$(echo "$offered" | sort)" "$expected" "$shell: $what"
	done
}

# Each shell knows whose completion it is.
for program in sekisho-authd sekisho-authctl sekisho-policyd \
    sekisho-policyctl; do
	echo "complete -F _sekisho $program"
	echo _sekisho >&3
done >"$T/bash.wanted" 3>"$T/zsh.wanted"
for program in sekisho-authd sekisho-authctl sekisho-policyd \
    sekisho-policyctl; do
	# shellcheck disable=SC2016 # bash's
	bash -c '. "$1" && complete -p "$2"' bash \
	    "$T/usr/share/bash-completion/completions/$program" $program
done >"$T/bash.known"
# shellcheck disable=SC2016 # zsh's
zsh -fc 'fpath=($1 $fpath); autoload -U compinit; compinit -D
    for program in ${(k)_comps}; do
	[[ $program = sekisho-* ]] && print $_comps[$program]; done
    true' zsh "$T/usr/share/zsh/site-functions" >"$T/zsh.known"
for shell in bash zsh; do
	is "$(cat "$T/$shell.known")" "$(cat "$T/$shell.wanted")" \
	    "$shell: knows the four programs"
done

# The commands of a tool, from its help: their names, blanks as _.
commands_of() {
	"$1" -h | sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)*\).*/\1/p' |
	    tr ' ' _
}

mkdir -p "$T/here/directory"
: >"$T/here/file"
everywhere='-c -h --help --version'
for tool in sekisho-authctl sekisho-policyctl; do
	commands=$(commands_of $tool)
	last=
	offers "$(for c in $commands; do echo "${c%%_*}"; done | sort -u)" \
	    "$tool: its commands" $tool ''
	for command in $commands; do
		case $command in
		*_*) offers "$(for c in $commands; do
			case $c in "${command%_*}"_*) echo "${c#*_}" ;; esac
		done)" "$tool ${command%_*}: its commands" $tool "${command%_*}" '' ;;
		esac
	done
	last=-
	offers "$everywhere" "$tool: options" $tool -
	last=
	offers 'directory file' "$tool: the configuration" $tool -c ''

	# All options that the source knows are offered somewhere, and what is
	# offered is taken.
	for command in $commands; do
		# shellcheck disable=SC2046 # words
		"$T/usr/share/sekisho/completion/candidates" $tool \
		    $(echo "$command" | tr _ ' ') - >"$T/offered"
		cat "$T/offered" >>"$T/$tool.options"
		while read -r option; do
			# shellcheck disable=SC2046 # words
			$tool -c /nonexistent $(echo "$command" | tr _ ' ') \
			    "$option" </dev/null >"$T/out" 2>&1
			case $(cat "$T/out") in
			*'unknown option'* | *takes\ no*)
				result 1 "$tool $command takes $option" ;;
			esac
		done <"$T/offered"
	done
	case $tool in
	*authctl) source=authd/ctl/authctl_parse.c ;;
	*) source=policyd/ctl/policyctl.c ;;
	esac
	is "$(grep -oe '--[a-z-]*' "$T/$tool.options" | sort -u)" \
	    "$(sed -n '/ long_options\[\]/,/^};/s/.*{ "\([a-z-]*\)".*/--\1/p' \
		"$BUILD/$source" | grep -vx -e --json | sort -u)" \
	    "$tool: every option of the source"
done
last=
for command in import export; do
	kinds=$(sekisho-authctl $command -h | sed -n 's/.*KIND: \(.*\)\./\1/p')
	like "$kinds" '*passwd-file*dump*' "$command -h names its kinds"
	offers "$kinds" "$command: kinds" sekisho-authctl $command ''
done
offers 'directory file' 'a file to import' sekisho-authctl import dump ''
offers 'directory file' 'the same behind options' \
    sekisho-authctl -c x import --replace dump ''
offers 'directory file' 'a scenario' sekisho-policyctl test ''
offers 'directory' 'a directory of Postfix' sekisho-policyctl import ''
offers '' 'nothing where a name is wanted' sekisho-authctl check ''
offers '' 'nothing behind a command that is none' sekisho-authctl usr ''
last=su
offers 'suspend' 'what fits' sekisho-authctl user su
for daemon in authd policyd; do
	last=-
	offers "$(sekisho-$daemon -h | sed -n '/^Parameters/q
	    s/^  \(-[A-Za-z]\).*/\1/p') --help --version" \
	    "sekisho-$daemon: options" sekisho-$daemon -
	last=
	offers 'directory file' "sekisho-$daemon: the configuration" \
	    sekisho-$daemon -f -c ''
done
done_testing
