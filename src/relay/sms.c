/*
 * sms.c
 *	  What gateways of text messages have in common.  No I/O.
 */
#include "sms.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

bool
sms_phone(Buffer *phone, const Message *message, bool international, Buffer *problem)
{
	for (const char *c = message->recipient; *c != '\0'; c++)
		if (strchr(" -()", *c) == NULL)
			buffer_char(phone, *c);
	buffer_add(phone, "", 0);
	if (!text_is_phone(phone->data))
	{
		buffer_text(problem, phone->length == 0 ? "the recipient has no phone number" :
					"the recipient's address is not a phone number");
		return false;
	}
	/* a mobile number as it is written in China */
	if (international && phone->length == 11 && phone->data[0] == '1')
	{
		Buffer		full = {0};

		buffer_printf(&full, "+86%s", phone->data);
		buffer_free(phone);
		*phone = full;
	}
	return true;
}

/* The value of a template's parameter as new memory; NULL: there is none that can be written. */
static char *
parameter_value(const cJSON *variables, const Message *message, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(variables, name);
	char	   *printed;
	char	   *value;

	if (cJSON_IsString(item))
		return relay_strdup(item->valuestring);
	if (cJSON_IsNumber(item) || cJSON_IsBool(item))
	{
		printed = cJSON_PrintUnformatted(item);
		value = relay_strdup(printed);
		cJSON_free(printed);
		return value;
	}
	if (item != NULL)
		return NULL;
	return relay_strdup(strcmp(name, "subject") == 0 ? message->subject :
						strcmp(name, "body") == 0 ? message->body :
						strcmp(name, "recipient_name") == 0 ? message->recipient_name : NULL);
}

static bool
add_parameter(cJSON *values, const cJSON *source, const Message *message, const char *name,
			  const char *template_id, Buffer *problem)
{
	char	   *value = parameter_value(source, message, name);

	if (value == NULL)
		buffer_printf(problem, "template %.60s needs \"%.60s\", which the message's variables lack",
					  template_id, name);
	else
		cJSON_AddStringToObject(values, name, value);
	free(value);
	return value != NULL;
}

static bool
collect_parameters(cJSON *values, const Channel *channel, const Message *message,
				   const cJSON *variables, const char *template_id, Buffer *problem)
{
	const cJSON *own = cJSON_GetObjectItemCaseSensitive(variables, "sms_parameters");
	const cJSON *item;
	bool		good = true;

	if (own != NULL && !cJSON_IsObject(own))
	{
		buffer_text(problem, "sms_parameters in the message's variables is not an object");
		return false;
	}
	cJSON_ArrayForEach(item, own)
		good = good && add_parameter(values, own, message, item->string, template_id, problem);
	for (int i = 0; own == NULL && good && i < channel->parameter_count; i++)
		good = add_parameter(values, variables, message, channel->parameters[i], template_id, problem);
	return good;
}

cJSON *
sms_parameters(const Channel *channel, const Message *message, Buffer *template_id, Buffer *problem)
{
	cJSON	   *variables = message->variables != NULL ? cJSON_Parse(message->variables) : NULL;
	const cJSON *own = cJSON_GetObjectItemCaseSensitive(variables, "sms_template");
	cJSON	   *values = cJSON_CreateObject();
	bool		good;

	buffer_text(template_id, cJSON_IsString(own) ? own->valuestring :
				channel->template != NULL ? channel->template : "");
	good = template_id->length > 0;
	if (!good)
		buffer_text(problem, "neither the channel (template) nor the message (variable sms_template) names a template");
	else
		good = collect_parameters(values, channel, message, variables, template_id->data, problem);
	cJSON_Delete(variables);
	if (good)
		return values;
	cJSON_Delete(values);
	return NULL;
}
