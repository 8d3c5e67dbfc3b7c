#compdef sekisho-authd sekisho-authctl sekisho-policyd sekisho-policyctl
# zsh: the candidates come from the program's own --help.
local word meaning
local -a candidates
while IFS=$'\t' read -r word meaning; do
	case $word in
	@files) _files ;;
	@directories) _files -/ ;;
	*) candidates+=("$word${meaning:+:$meaning}") ;;
	esac
done < <(@SHARE@/completion/candidates "$words[1]" \
    "${(@)words[2,CURRENT-1]}" "$PREFIX")
(( $#candidates )) && _describe word candidates
