# SPDX-License-Identifier: MIT
# Completion of the command emsign for bash. The command itself knows what may follow.

_emsign()
{
	local line=${COMP_LINE:0:COMP_POINT} last=${COMP_WORDS[COMP_CWORD]} word head
	local -a typed
	read -ra typed <<< "$line"
	[[ $line == *[[:space:]] ]] && typed+=('')
	# bash cuts words at = and :, so what stands before the cut is not repeated
	[[ $last == [=:] ]] && last=
	word=${typed[-1]}
	head=${word%"$last"}
	COMPREPLY=()
	while IFS= read -r word; do
		[[ $word == "${typed[-1]}"* ]] || continue
		[[ $word == *= ]] && compopt -o nospace
		COMPREPLY+=("${word#"$head"}")
	done < <("${COMP_WORDS[0]/#\~/$HOME}" --complete "${typed[@]:1}" 2> /dev/null)
}

complete -o default -F _emsign emsign
