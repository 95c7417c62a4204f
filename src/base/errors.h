/*
 * errors.h
 *	  The SQLSTATE class of salespulse: SP001 to SP9ZZ.  A code is never reused.
 *
 * Where the SQL standard has a code for the mistake (a bad argument, a missing
 * table, an overflow) that code is raised; a code below says what only
 * salespulse can say, so that an application may catch it.
 */
#ifndef SP_ERRORS_H
#define SP_ERRORS_H

/* types */
#define ERRCODE_SP_CURRENCY_MISMATCH	MAKE_SQLSTATE('S', 'P', '1', '0', '1')
#define ERRCODE_SP_UNKNOWN_CURRENCY		MAKE_SQLSTATE('S', 'P', '1', '0', '2')
#define ERRCODE_SP_MISSING_RATE			MAKE_SQLSTATE('S', 'P', '1', '0', '3')
#define ERRCODE_SP_UNKNOWN_RATES		MAKE_SQLSTATE('S', 'P', '1', '0', '4')

/* calendar */
#define ERRCODE_SP_CALENDAR_RANGE		MAKE_SQLSTATE('S', 'P', '2', '0', '1')
#define ERRCODE_SP_UNKNOWN_CALENDAR		MAKE_SQLSTATE('S', 'P', '2', '0', '2')

/* aging and health */
#define ERRCODE_SP_VARYING_ARGUMENT		MAKE_SQLSTATE('S', 'P', '3', '0', '1')
#define ERRCODE_SP_INVALID_MODEL		MAKE_SQLSTATE('S', 'P', '3', '0', '2')
#define ERRCODE_SP_UNKNOWN_MODEL		MAKE_SQLSTATE('S', 'P', '3', '0', '3')
#define ERRCODE_SP_HEALTH_NOT_STORED	MAKE_SQLSTATE('S', 'P', '3', '0', '4')
#define ERRCODE_SP_UNKNOWN_CUSTOMER		MAKE_SQLSTATE('S', 'P', '3', '0', '5')

/* events */
#define ERRCODE_SP_UNKNOWN_EVENT		MAKE_SQLSTATE('S', 'P', '4', '0', '1')
#define ERRCODE_SP_DUPLICATE_EVENT		MAKE_SQLSTATE('S', 'P', '4', '0', '2')
#define ERRCODE_SP_UNKNOWN_WATCH		MAKE_SQLSTATE('S', 'P', '4', '0', '3')
#define ERRCODE_SP_CAPTURE_FAILED		MAKE_SQLSTATE('S', 'P', '4', '0', '4')

/* rules */
#define ERRCODE_SP_RULE_SYNTAX			MAKE_SQLSTATE('S', 'P', '5', '0', '1')
#define ERRCODE_SP_RULE_UNKNOWN_NAME	MAKE_SQLSTATE('S', 'P', '5', '0', '2')
#define ERRCODE_SP_RULE_AMBIGUOUS		MAKE_SQLSTATE('S', 'P', '5', '0', '3')
#define ERRCODE_SP_UNKNOWN_RULE			MAKE_SQLSTATE('S', 'P', '5', '0', '4')
#define ERRCODE_SP_RULE_UNSUPPORTED		MAKE_SQLSTATE('S', 'P', '5', '0', '5')

/* escalation */
#define ERRCODE_SP_UNKNOWN_ROLE			MAKE_SQLSTATE('S', 'P', '6', '0', '1')
#define ERRCODE_SP_UNKNOWN_STAFF		MAKE_SQLSTATE('S', 'P', '6', '0', '2')
#define ERRCODE_SP_UNKNOWN_CASE			MAKE_SQLSTATE('S', 'P', '6', '0', '3')
#define ERRCODE_SP_UNKNOWN_TASK			MAKE_SQLSTATE('S', 'P', '6', '0', '4')
#define ERRCODE_SP_UNKNOWN_CHANNEL		MAKE_SQLSTATE('S', 'P', '6', '0', '5')
#define ERRCODE_SP_UNKNOWN_TEMPLATE		MAKE_SQLSTATE('S', 'P', '6', '0', '6')
#define ERRCODE_SP_DEPUTY_CYCLE			MAKE_SQLSTATE('S', 'P', '6', '0', '7')
#define ERRCODE_SP_UNKNOWN_REPORT		MAKE_SQLSTATE('S', 'P', '6', '1', '1')
#define ERRCODE_SP_UNKNOWN_HOLD			MAKE_SQLSTATE('S', 'P', '6', '1', '2')
#define ERRCODE_SP_REJECTED				MAKE_SQLSTATE('S', 'P', '6', '1', '3')
#define ERRCODE_SP_UNKNOWN_GATE			MAKE_SQLSTATE('S', 'P', '6', '1', '4')

/* rollups */
#define ERRCODE_SP_UNKNOWN_ROLLUP		MAKE_SQLSTATE('S', 'P', '7', '0', '1')

/* reports; SP801 and on are the packs' */
#define ERRCODE_SP_UNKNOWN_KPI			MAKE_SQLSTATE('S', 'P', '7', '5', '1')
#define ERRCODE_SP_BROKEN_KPI			MAKE_SQLSTATE('S', 'P', '7', '5', '2')
#define ERRCODE_SP_UNKNOWN_PAGE			MAKE_SQLSTATE('S', 'P', '7', '5', '3')
#define ERRCODE_SP_UNKNOWN_PILOT		MAKE_SQLSTATE('S', 'P', '7', '5', '4')

/* settings, jobs, delivery */
#define ERRCODE_SP_UNKNOWN_SETTING		MAKE_SQLSTATE('S', 'P', '9', '0', '1')
#define ERRCODE_SP_DELIVERY_HELD		MAKE_SQLSTATE('S', 'P', '9', '0', '2')
#define ERRCODE_SP_UNKNOWN_JOB			MAKE_SQLSTATE('S', 'P', '9', '0', '3')
#define ERRCODE_SP_JOB_TOO_LONG			MAKE_SQLSTATE('S', 'P', '9', '0', '4')

#endif							/* SP_ERRORS_H */
