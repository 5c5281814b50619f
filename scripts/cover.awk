# Coverage per package from a Go profile, and the floor of some of them:
#   awk -v core="PACKAGE PACKAGE" -v floor=95 -f scripts/cover.awk cover.out
# With -coverpkg every test binary lists every block, so a block counts once and is covered where any
# of them ran it.

FNR == 1 { next } # mode:

{
	if (!($1 in statements)) statements[$1] = $2
	if ($3 > 0) covered[$1] = 1
}

END {
	for (block in statements) {
		package = block
		sub(/\/[^\/]*$/, "", package)
		total[package] += statements[block]
		if (block in covered) hit[package] += statements[block]
	}
	for (package in total)
		printf "%6.1f %%  %5d of %5d  %s\n", 100 * hit[package] / total[package], hit[package], total[package], package | "sort -k6"
	close("sort -k6")

	n = split(core, wanted, " ")
	for (i = 1; i <= n; i++)
		if (!(wanted[i] in total)) {
			print wanted[i] " is not in the profile" > "/dev/stderr"
			failed = 1
		} else if (100 * hit[wanted[i]] < floor * total[wanted[i]]) {
			print wanted[i] " is below " floor " %" > "/dev/stderr"
			failed = 1
		}
	exit failed
}
