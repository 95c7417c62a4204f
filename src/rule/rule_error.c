/*
 * rule_error.c
 *	  Mistakes in a sentence as errors of the server.
 *
 * The sentence goes along as the internal query, so that psql draws the caret
 * under the character.
 */
#include "rule/shell.h"

#include "mb/pg_wchar.h"
#include "rule/lang_internal.h"

char *
sp_to_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

char *
sp_from_utf8(const char *text)
{
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

int
sp_lang_sqlstate(const LangError *error)
{
	switch (error->code)
	{
		case LANG_UNKNOWN_NAME:
			return ERRCODE_SP_RULE_UNKNOWN_NAME;
		case LANG_AMBIGUOUS:
			return ERRCODE_SP_RULE_AMBIGUOUS;
		case LANG_UNSUPPORTED:
			return ERRCODE_SP_RULE_UNSUPPORTED;
		default:
			return ERRCODE_SP_RULE_SYNTAX;
	}
}

/* For use in an ereport() beside the errcode; sentence in UTF-8. */
int
sp_lang_errfields(const LangError *error, const char *sentence)
{
	errmsg_internal("%s", sp_from_utf8(error->message));
	errdetail_internal("%s", sp_from_utf8(error->detail));
	errhint("%s", sp_from_utf8(error->hint));
	internalerrquery(sp_from_utf8(sentence));
	return internalerrposition((int) utf8_count(sentence, error->offset) + 1);
}

void
sp_raise_lang_error(const LangError *error, const char *sentence)
{
	ereport(ERROR,
			(errcode(sp_lang_sqlstate(error)),
			 sp_lang_errfields(error, sentence)));
	pg_unreachable();
}

/* A mistake found after parsing; always false. */
bool
sp_lang_fail(LangError *error, LangErrorCode code, size_t offset,
			 const char *message, const char *detail, const char *hint)
{
	if (error->code != LANG_OK)
		return false;
	error->code = code;
	error->offset = offset;
	error->message = message;
	error->detail = detail;
	error->hint = hint;
	return false;
}
