/*
 * explain.c
 *	  How a score came about, as rows and as sentences in English and Chinese.
 */
#include "health/health.h"

#include "aging/numeric_value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

enum
{
	DIMENSION, COLUMN_NAME, VALUE, POINTS, WEIGHT, SHARE, CONTRIBUTION, STATUS, GROUP_NAME, SENTENCE, N_COLUMNS
};

/* what is explained */
typedef struct Explanation
{
	const HealthModel *model;
	const Measure *measures;
	const AgeKind *kinds;
	HealthLanguage lang;
} Explanation;

static const char *const bands_zh[HEALTH_BANDS] = {
	"灰", "黑", "红", "橙", "黄", "黄", "绿", "蓝", "紫", "白"
};

const char *
health_band_word(HealthBand band, HealthLanguage lang)
{
	return lang == HEALTH_ZH ? bands_zh[band] : health_band_names[band];
}

/* an argument, or the setting */
HealthLanguage
health_language(FunctionCallInfo fcinfo, int argument)
{
	const char *name = PG_ARGISNULL(argument) ? sp_setting("language") : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	if (strcmp(name, "en") == 0)
		return HEALTH_EN;
	if (strcmp(name, "zh") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language \"%s\"", name),
				 errdetail("Health is explained in English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return HEALTH_ZH;
}

/* without zeros at the end */
Datum
health_numeric(int64 millionths)
{
	return DirectFunctionCall1(numeric_trim_scale, numeric_of_units(millionths, 6));
}

static char *
number_text(int64 millionths)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, health_numeric(millionths)));
}

/* a value as people write it: a category, or a number */
static char *
measure_text(const Measure *measure, const Curve *curve)
{
	if (curve != NULL && curve->kind == CURVE_MAP)
		return pnstrdup(curve->names[measure->value].at, curve->names[measure->value].length);
	return number_text(measure->value);
}

/* "30 days ago", "in 12.5 days", or the value itself */
static char *
spoken_value(const Explanation *about, int input, const Curve *curve)
{
	const Measure *measure = &about->measures[input];
	int64		tenths = CURVE_UNIT / 10;
	int64		days;

	if (about->kinds[input] == AGE_NONE)
		return measure_text(measure, curve);
	days = measure->value == PG_INT64_MIN ? PG_INT64_MAX : measure->value < 0 ? -measure->value : measure->value;
	days = days / tenths * tenths;
	if (about->lang == HEALTH_ZH)
		return psprintf(measure->value >= 0 ? "%s天前" : "%s天后", number_text(days));
	return psprintf(measure->value >= 0 ? "%s days ago" : "in %s days", number_text(days));
}

static bool
is_counted(const HealthModel *model, const HealthDimension *dimension)
{
	return dimension->weight > 0 && (model->n_groups == 0 || model->groups[dimension->group].weight > 0);
}

static bool
is_expired(const HealthDimension *dimension, const Measure *measures)
{
	return dimension->measured_at != NULL && !measures[dimension->age_input].missing &&
		measures[dimension->age_input].value > dimension->valid;
}

static const char *
contribution_status(const Explanation *about, int i)
{
	const HealthDimension *dimension = &about->model->dimensions[i];

	if (!is_counted(about->model, dimension))
		return "not counted";
	if (!about->measures[i].missing)
		return "measured";
	if (is_expired(dimension, about->measures))
		return psprintf("expired: %s", missing_policy_names[dimension->missing]);
	return missing_policy_names[dimension->missing];
}

/* "the last visit is not known" and so on */
static char *
spoken_measure(const Explanation *about, int i, const char *label)
{
	const HealthDimension *dimension = &about->model->dimensions[i];
	bool		zh = about->lang == HEALTH_ZH;

	if (!about->measures[i].missing)
		return psprintf(zh ? "%s：%s" : "%s: %s", label, spoken_value(about, i, &dimension->curve));
	if (is_expired(dimension, about->measures))
		return psprintf(zh ? "%s：已过期" : "%s: out of date", label);
	return psprintf(zh ? "%s：未知" : "%s: not known", label);
}

static char *
contribution_sentence(const Explanation *about, int i, const Contribution *part)
{
	const HealthDimension *dimension = &about->model->dimensions[i];
	const char *label = dimension->labels[about->lang] ? dimension->labels[about->lang] : dimension->name;
	char	   *measure = spoken_measure(about, i, label);
	bool		zh = about->lang == HEALTH_ZH;

	if (!is_counted(about->model, dimension))
		return psprintf(zh ? "%s；只显示，不计入。" : "%s; shown and not counted.", measure);
	if (part->share == 0)
		return psprintf(zh ? "%s；不计入，由其他指标分担权重。" : "%s; left out, the others share its weight.", measure);
	return psprintf(zh ? "%s；得%s分，权重占%s%%，贡献%s分。" :
					"%s; %s points, %s%% of the weight, adds %s.", measure,
					number_text((part->points + 5000) / 10000 * 10000),
					number_text((part->share + 50) / 100 * 10000),
					number_text(part->hundredths * (int64) 10000));
}

static void
put_contribution(ReturnSetInfo *result, const Explanation *about, int i, const Contribution *part)
{
	const HealthDimension *dimension = &about->model->dimensions[i];
	const Measure *measure = &about->measures[i];
	Datum		values[N_COLUMNS] = {0};
	bool		nulls[N_COLUMNS] = {false};

	values[DIMENSION] = CStringGetTextDatum(dimension->name);
	values[COLUMN_NAME] = CStringGetTextDatum(dimension->column);
	nulls[VALUE] = measure->missing;
	if (!measure->missing)
		values[VALUE] = CStringGetTextDatum(measure_text(measure, &dimension->curve));
	nulls[POINTS] = measure->missing && dimension->missing == MISSING_EXCLUDE;
	if (!nulls[POINTS])
		values[POINTS] = health_numeric(part->points);
	values[WEIGHT] = health_numeric(dimension->given_weight);
	values[SHARE] = numeric_of_units(part->share, 6);
	values[CONTRIBUTION] = numeric_of_hundredths(part->hundredths);
	values[STATUS] = CStringGetTextDatum(contribution_status(about, i));
	nulls[GROUP_NAME] = dimension->group_name == NULL;
	if (!nulls[GROUP_NAME])
		values[GROUP_NAME] = CStringGetTextDatum(dimension->group_name);
	values[SENTENCE] = CStringGetTextDatum(contribution_sentence(about, i, part));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static char *
veto_sentence(const Explanation *about, const HealthVeto *veto, bool holds)
{
	const char *label = veto->labels[about->lang] ? veto->labels[about->lang] : veto->name;
	bool		zh = about->lang == HEALTH_ZH;

	if (!holds)
		return psprintf(zh ? "否决项“%s”未触发。" : "The veto \"%s\" does not hold.", label);
	return psprintf(zh ? "否决项“%s”触发：最高为%s。" : "The veto \"%s\" holds: %s at best.", label,
					health_band_word(veto->band, about->lang));
}

/* a veto has no points; its status is the band that it forces, or "no veto" */
static void
put_veto(ReturnSetInfo *result, const Explanation *about, int i)
{
	const HealthVeto *veto = &about->model->vetoes[i];
	int			input = about->model->n_dimensions + i;
	bool		holds = health_veto_holds(about->model, about->measures, i);
	Datum		values[N_COLUMNS] = {0};
	bool		nulls[N_COLUMNS] = {false};

	values[DIMENSION] = CStringGetTextDatum(veto->name);
	values[COLUMN_NAME] = CStringGetTextDatum(veto->column);
	nulls[VALUE] = about->measures[input].missing;
	if (!nulls[VALUE])
		values[VALUE] = CStringGetTextDatum(measure_text(&about->measures[input], NULL));
	nulls[POINTS] = nulls[WEIGHT] = nulls[SHARE] = nulls[CONTRIBUTION] = nulls[GROUP_NAME] = true;
	values[STATUS] = CStringGetTextDatum(holds ? psprintf("veto: %s", health_band_names[veto->band]) : "no veto");
	values[SENTENCE] = CStringGetTextDatum(veto_sentence(about, veto, holds));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* (dimension, column_name, value, points, weight, share, contribution, status, group_name, sentence) */
void
health_explain(ReturnSetInfo *result, const HealthModel *model, const Measure *measures,
			   const AgeKind *kinds, HealthLanguage lang)
{
	Explanation about = {model, measures, kinds, lang};
	Contribution parts[MODEL_MAX_DIMENSIONS];
	HealthScore score;

	health_score(model, measures, &score);
	health_contributions(model, measures, score.score, parts);
	for (int i = 0; i < model->n_dimensions; i++)
		put_contribution(result, &about, i, &parts[i]);
	for (int i = 0; i < model->n_vetoes; i++)
		put_veto(result, &about, i);
}
