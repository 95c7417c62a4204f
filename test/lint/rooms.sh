#!/bin/bash
# rooms.sh: a room includes only headers of itself and of rooms above it, and
# its SQL names no object that a room below declares.
rooms=$(sed -n 's/^ROOMS *= *//p' Makefile)
status=0 above=""
for room in $rooms; do
	above="$above $room"
	[ -d "src/$room" ] || continue
	for file in $(find "src/$room" -name '*.[ch]' | sort); do
		for header in $(sed -n 's/^#include "\([a-z_]*\)\/[a-z_]*\.h".*/\1/p' "$file" | sort -u); do
			case " $rooms " in *" $header "*) ;; *) continue ;; esac
			case " $above " in
				*" $header "*) ;;
				*) echo "$file includes from room \"$header\", which stands below \"$room\"."
				   status=1 ;;
			esac
		done
	done
done
[ $status = 0 ] || echo "Move the code to the lower room, or let the lower room call in (the order: $rooms)."
exit $status
