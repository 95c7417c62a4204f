/*
 * model.c
 *	  A health model from its tables.
 *
 * Read with the statement's own snapshot, so that all rows of a statement are
 * scored by one version, whatever is committed meanwhile.  There is no cache
 * beyond the statement: see score_row.c.
 */
#include "health/health.h"

#include "access/genam.h"
#include "access/table.h"
#include "aging/numeric_value.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Columns, in the order of objects.sql. */
enum
{
	MODEL_ID = 1, MODEL_NAME, MODEL_VERSION
};
enum
{
	VERSION_MODEL = 1, VERSION_NUMBER, VERSION_COVERAGE
};
enum
{
	DIMENSION_MODEL = 1, DIMENSION_VERSION, DIMENSION_ORDINAL, DIMENSION_NAME,
	DIMENSION_COLUMN, DIMENSION_CURVE, DIMENSION_WEIGHT, DIMENSION_MISSING,
	DIMENSION_MEASURED_AT, DIMENSION_VALID, DIMENSION_GROUP, DIMENSION_LABELS
};
enum
{
	VETO_MODEL = 1, VETO_VERSION, VETO_ORDINAL, VETO_NAME, VETO_COLUMN, VETO_SINCE,
	VETO_BELOW, VETO_BAND, VETO_LABELS
};
enum
{
	BAND_MODEL = 1, BAND_VERSION, BAND_NAME, BAND_LOWER, BAND_HYSTERESIS, BAND_DWELL
};
enum
{
	GROUP_MODEL = 1, GROUP_VERSION, GROUP_ORDINAL, GROUP_NAME, GROUP_WEIGHT
};

static SpWatchedTable model_table = {.table_name = "model"};

uint64
health_model_changes(void)
{
	return model_table.changes;
}

Oid
health_model_relid(void)
{
	return sp_watched_relid(&model_table);
}

/* a scan of one of our tables by its index, under the statement's snapshot */
typedef struct ModelScan
{
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;
} ModelScan;

static void
scan_begin(ModelScan *scan, const char *table, const char *index, ScanKey keys, int n_keys)
{
	scan->relation = table_open(sp_internal_relid(table, false), AccessShareLock);
	scan->scan = systable_beginscan(scan->relation, sp_internal_relid(index, false), true,
									GetActiveSnapshot(), n_keys, keys);
}

static bool
scan_next(ModelScan *scan)
{
	scan->tuple = systable_getnext(scan->scan);
	return HeapTupleIsValid(scan->tuple);
}

static void
scan_end(ModelScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->relation, AccessShareLock);
}

static bool
scan_is_null(ModelScan *scan, int column)
{
	bool		isnull;

	(void) heap_getattr(scan->tuple, column, RelationGetDescr(scan->relation), &isnull);
	return isnull;
}

/* of a column that cannot be null, or was found not to be */
static Datum
scan_column(ModelScan *scan, int column)
{
	bool		isnull;
	Datum		datum = heap_getattr(scan->tuple, column, RelationGetDescr(scan->relation), &isnull);

	if (isnull)
		elog(ERROR, "column %d of table %s is null", column, RelationGetRelationName(scan->relation));
	return datum;
}

static char *
scan_text(ModelScan *scan, int column)
{
	return TextDatumGetCString(scan_column(scan, column));
}

/* {"en": ..., "zh": ...}, or null */
static void
scan_labels(ModelScan *scan, int column, const char **labels)
{
	static const char *const keys[HEALTH_LANGUAGES] = {"en", "zh"};
	JsonbValue	value;

	if (scan_is_null(scan, column))
		return;
	for (int i = 0; i < HEALTH_LANGUAGES; i++)
		if (getKeyJsonValueFromContainer(&DatumGetJsonbP(scan_column(scan, column))->root,
										 keys[i], 2, &value) != NULL && value.type == jbvString)
			labels[i] = pnstrdup(value.val.string.val, value.val.string.len);
}

/* a numeric in units of 10^-digits; the tables' checks keep it small */
static int64
scan_decimal(ModelScan *scan, int column, int digits)
{
	NumericValue value = numeric_value((struct varlena *) PG_DETOAST_DATUM(scan_column(scan, column)));
	Wide		units;

	if (value.special || !numeric_units(&value, 2, &units) || !decimal_shift(&units, digits - 8) ||
		units > PG_INT64_MAX || units < PG_INT64_MIN)
		elog(ERROR, "column %d of table %s is out of range", column, RelationGetRelationName(scan->relation));
	return (int64) units;
}

static void
report_unknown_model(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_MODEL),
			 errmsg("unknown health model \"%s\"", name),
			 errdetail("There is no health model of that name."),
			 errhint("Look at SELECT name FROM pulse.models, or make one with pulse.create_model().")));
}

/* its number, or 0 */
static int
load_head(HealthModel *model, const char *name, bool missing_ok)
{
	ModelScan	scan;
	ScanKeyData key;
	int			model_id = 0;

	(void) health_model_relid();	/* from here on changes are counted */
	ScanKeyInit(&key, MODEL_NAME, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(name));
	key.sk_collation = DEFAULT_COLLATION_OID;
	scan_begin(&scan, "model", "model_name_key", &key, 1);
	if (scan_next(&scan))
	{
		model->name = pstrdup(name);
		model_id = DatumGetInt32(scan_column(&scan, MODEL_ID));
		model->version = DatumGetInt32(scan_column(&scan, MODEL_VERSION));
	}
	else if (!missing_ok)
		report_unknown_model(name);
	scan_end(&scan);
	return model_id;
}

static void
version_keys(ScanKeyData *keys, int model_id, int version)
{
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(model_id));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(version));
}

static void
load_version(HealthModel *model, int model_id)
{
	ModelScan	scan;
	ScanKeyData keys[2];

	version_keys(keys, model_id, model->version);
	scan_begin(&scan, "model_version", "model_version_pkey", keys, 2);
	if (!scan_next(&scan))
		elog(ERROR, "version %d of health model \"%s\" is missing", model->version, model->name);
	model->minimum_coverage = DatumGetInt32(scan_column(&scan, VERSION_COVERAGE));
	scan_end(&scan);
}

static void
read_dimension(ModelScan *scan, HealthDimension *dimension)
{
	const char *problem = NULL;
	char	   *curve = scan_text(scan, DIMENSION_CURVE);

	memset(dimension, 0, sizeof(*dimension));
	dimension->name = scan_text(scan, DIMENSION_NAME);
	dimension->column = scan_text(scan, DIMENSION_COLUMN);
	if (!curve_parse(curve, &dimension->curve, &problem))
		elog(ERROR, "stored curve \"%s\" does not parse: %s", curve, problem);
	dimension->given_weight = scan_decimal(scan, DIMENSION_WEIGHT, 6);
	dimension->missing = health_name_index(missing_policy_names, MISSING_POLICIES,
										   scan_text(scan, DIMENSION_MISSING));
	if (!scan_is_null(scan, DIMENSION_MEASURED_AT))
	{
		dimension->measured_at = scan_text(scan, DIMENSION_MEASURED_AT);
		dimension->valid = scan_decimal(scan, DIMENSION_VALID, 6);
	}
	dimension->group_name = scan_is_null(scan, DIMENSION_GROUP) ? NULL : scan_text(scan, DIMENSION_GROUP);
	scan_labels(scan, DIMENSION_LABELS, dimension->labels);
}

/* the index returns them in their order */
static void
load_dimensions(HealthModel *model, int model_id)
{
	ModelScan	scan;
	ScanKeyData keys[2];
	int			room = 16;

	model->dimensions = palloc(room * sizeof(HealthDimension));
	version_keys(keys, model_id, model->version);
	scan_begin(&scan, "model_dimension", "model_dimension_pkey", keys, 2);
	while (scan_next(&scan))
	{
		if (model->n_dimensions == room)
			model->dimensions = repalloc(model->dimensions, (room *= 2) * sizeof(HealthDimension));
		read_dimension(&scan, &model->dimensions[model->n_dimensions++]);
	}
	scan_end(&scan);
}

static void
load_groups(HealthModel *model, int model_id)
{
	ModelScan	scan;
	ScanKeyData keys[2];

	version_keys(keys, model_id, model->version);
	scan_begin(&scan, "model_group", "model_group_pkey", keys, 2);
	while (scan_next(&scan))
	{
		if (model->n_groups <= MODEL_MAX_GROUPS)
			model->groups[model->n_groups] = (HealthGroup)
		{
			.name = scan_text(&scan, GROUP_NAME),
				.given_weight = scan_decimal(&scan, GROUP_WEIGHT, 6)
		};
		model->n_groups++;
	}
	scan_end(&scan);
}

static int64
scan_limit(ModelScan *scan, int column, int64 otherwise)
{
	return scan_is_null(scan, column) ? otherwise : scan_decimal(scan, column, 6);
}

static void
load_vetoes(HealthModel *model, int model_id)
{
	ModelScan	scan;
	ScanKeyData keys[2];

	version_keys(keys, model_id, model->version);
	scan_begin(&scan, "model_veto", "model_veto_pkey", keys, 2);
	while (scan_next(&scan))
	{
		HealthVeto	veto = {0};

		veto.name = scan_text(&scan, VETO_NAME);
		veto.column = scan_text(&scan, VETO_COLUMN);
		veto.since = scan_limit(&scan, VETO_SINCE, PG_INT64_MIN);
		veto.below = scan_limit(&scan, VETO_BELOW, PG_INT64_MAX);
		scan_labels(&scan, VETO_LABELS, veto.labels);
		veto.band = health_name_index(health_band_names, HEALTH_BANDS, scan_text(&scan, VETO_BAND));
		if (model->n_vetoes < MODEL_MAX_VETOES)
			model->vetoes[model->n_vetoes] = veto;
		model->n_vetoes++;
	}
	scan_end(&scan);
}

static void
load_bands(HealthModel *model, int model_id)
{
	ModelScan	scan;
	ScanKeyData keys[2];

	version_keys(keys, model_id, model->version);
	scan_begin(&scan, "model_band", "model_band_pkey", keys, 2);
	while (scan_next(&scan) && model->n_bands < HEALTH_BANDS)
	{
		BandBound  *bound = &model->bands[model->n_bands++];

		bound->band = health_name_index(health_band_names, HEALTH_BANDS, scan_text(&scan, BAND_NAME));
		bound->lower = (int) scan_decimal(&scan, BAND_LOWER, 2);
		bound->hysteresis = (int) scan_decimal(&scan, BAND_HYSTERESIS, 2);
		bound->dwell = scan_decimal(&scan, BAND_DWELL, 6) * MICROSECONDS_PER_MILLIONTH;
	}
	scan_end(&scan);
}

/* version 0: the one in force */
const HealthModel *
health_model_version(const char *name, int version, MemoryContext context, bool missing_ok)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	HealthModel *model = palloc0(sizeof(HealthModel));
	const char *problem = NULL;
	int			model_id = load_head(model, name, missing_ok);

	if (model_id == 0)
	{
		MemoryContextSwitchTo(caller);
		return NULL;
	}
	if (version != 0)
		model->version = version;
	load_version(model, model_id);
	load_groups(model, model_id);
	load_dimensions(model, model_id);
	load_vetoes(model, model_id);
	load_bands(model, model_id);
	if (!health_model_prepare(model, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("health model \"%s\" is not valid", name),
				 errdetail("%s", problem),
				 errhint("A model looks like: SELECT pulse.create_model('standard', '[{\"dimension\": \"silence\", \"column\": \"days_silent\", \"curve\": \"linear 0:100 90:0\", \"weight\": 2}]', '{\"red\": 0, \"amber\": 50, \"green\": 75}').")));
	MemoryContextSwitchTo(caller);
	return model;
}

const HealthModel *
health_model_load(const char *name, MemoryContext context, bool missing_ok)
{
	return health_model_version(name, 0, context, missing_ok);
}
