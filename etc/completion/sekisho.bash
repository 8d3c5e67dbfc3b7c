# bash: the candidates come from the program's own --help.
_sekisho() {
	local word
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		case $word in
		@files)
			mapfile -t COMPREPLY < <(compgen -f -- "$2")
			compopt -o filenames 2>/dev/null
			;;
		@directories)
			mapfile -t COMPREPLY < <(compgen -d -- "$2")
			compopt -o filenames 2>/dev/null
			;;
		"$2"*) COMPREPLY+=("$word") ;;
		esac
	done < <(@SHARE@/completion/candidates "$1" \
	    "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$2")
}
complete -F _sekisho sekisho-authd sekisho-authctl sekisho-policyd \
    sekisho-policyctl
