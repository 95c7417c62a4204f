/*
 * rolling.c
 *	  What becomes of a day that does not work, by the conventions of finance.
 */
#include "calendar/calendar.h"

#include "base/base.h"

#include "utils/datetime.h"

static const char *const roll_names[] = {
	"none", "following", "preceding", "modified_following", "modified_preceding", "nearest"
};

RollMode
calendar_roll_mode(const char *name)
{
	for (int i = 0; i < lengthof(roll_names); i++)
		if (strcmp(name, roll_names[i]) == 0)
			return (RollMode) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown roll mode \"%s\"", name),
			 errdetail("The modes are none, following, preceding, modified_following, modified_preceding and nearest."),
			 errhint("Type 'following' for the next working day.")));
	return ROLL_NONE;
}

static bool
same_month(int32 left, int32 right)
{
	int			year[2];
	int			month[2];
	int			day[2];

	j2date(left + POSTGRES_EPOCH_JDATE, &year[0], &month[0], &day[0]);
	j2date(right + POSTGRES_EPOCH_JDATE, &year[1], &month[1], &day[1]);
	return year[0] == year[1] && month[0] == month[1];
}

int32
calendar_roll(const Calendar *calendar, int32 day, RollMode mode)
{
	bool		onward = mode == ROLL_FOLLOWING || mode == ROLL_MODIFIED_FOLLOWING;
	int32		following;
	int32		preceding;

	if (mode == ROLL_NONE || calendar_is_working(calendar, day))
		return day;
	if (mode == ROLL_NEAREST)
	{
		following = calendar_add_days(calendar, day, 1);
		preceding = calendar_add_days(calendar, day, -1);
		return following - day <= day - preceding ? following : preceding;
	}
	following = calendar_add_days(calendar, day, onward ? 1 : -1);
	if ((mode == ROLL_MODIFIED_FOLLOWING || mode == ROLL_MODIFIED_PRECEDING) && !same_month(day, following))
		return calendar_add_days(calendar, day, onward ? -1 : 1);
	return following;
}
