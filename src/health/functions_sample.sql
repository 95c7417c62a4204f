-- ---- health: a model to begin with ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.sample_model(name text DEFAULT 'sales company') RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS DISTINCT FROM 'sales company' THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('there is no sample model "%s"', name),
			DETAIL = 'One is shipped.', HINT = 'Type SELECT pulse.sample_model(''sales company'').';
	END IF;
	RETURN $document$
{
	"model": "sales company",
	"minimum_coverage": 60,
	"bands": {
		"red": 0,
		"amber": {"lower": 50, "hysteresis": 3, "dwell_days": 7},
		"green": {"lower": 75, "hysteresis": 3, "dwell_days": 7}
	},
	"groups": [
		{"group": "commitment", "weight": 25, "labels": {"en": "Commitment", "zh": "合约"}},
		{"group": "relation", "weight": 25, "labels": {"en": "Relation", "zh": "关系"}},
		{"group": "purchases", "weight": 20, "labels": {"en": "Purchases", "zh": "采购"}},
		{"group": "payment", "weight": 15, "labels": {"en": "Payment", "zh": "回款"}},
		{"group": "service", "weight": 15, "labels": {"en": "Service", "zh": "服务"}}
	],
	"dimensions": [
		{"dimension": "contract end", "column": "contract_end", "curve": "linear -180:100 -60:80 -30:50 0:0", "weight": 3,
			"missing": "exclude", "group": "commitment", "labels": {"en": "Contract end", "zh": "合同到期日"}},
		{"dimension": "service end", "column": "service_end", "curve": "linear -90:100 -30:60 0:20", "weight": 1,
			"missing": "exclude", "group": "commitment", "labels": {"en": "End of maintenance", "zh": "维保到期日"}},
		{"dimension": "last visit", "column": "last_visit", "curve": "linear 0:100 30:85 60:50 120:0", "weight": 3,
			"missing": "worst", "group": "relation", "labels": {"en": "Last visit", "zh": "最近一次拜访"}},
		{"dimension": "competitor contact", "column": "competitor_contact", "curve": "logistic rising middle 60 doubling 15", "weight": 2,
			"missing": "neutral", "group": "relation", "labels": {"en": "Contact with a competitor", "zh": "竞品接触"}},
		{"dimension": "key contact", "column": "key_contact_confirmed", "curve": "linear 0:100 90:70 365:0", "weight": 1,
			"missing": "worst", "group": "relation", "labels": {"en": "Key contact confirmed", "zh": "关键联系人确认"}},
		{"dimension": "engagement", "column": "interactions_30d", "curve": "linear 0:0 2:40 8:80 20:100", "weight": 1,
			"missing": "exclude", "group": "relation", "labels": {"en": "Interactions in 30 days", "zh": "30天互动次数"}},
		{"dimension": "purchase frequency", "column": "order_count_ratio", "curve": "linear 0:0 0.5:40 1:80 1.5:100", "weight": 1,
			"missing": "exclude", "group": "purchases", "labels": {"en": "Orders against the period before", "zh": "采购频次变化"}},
		{"dimension": "purchase value", "column": "order_value_ratio", "curve": "linear 0:0 0.5:40 1:80 1.5:100", "weight": 1,
			"missing": "exclude", "group": "purchases", "labels": {"en": "Value against the period before", "zh": "采购金额变化"}},
		{"dimension": "overdue", "column": "oldest_unpaid_due", "curve": "linear 0:100 30:60 90:0", "weight": 1,
			"missing": "neutral", "group": "payment", "labels": {"en": "Oldest unpaid bill due", "zh": "最早未付账款到期"}},
		{"dimension": "complaints", "column": "complaints_90d", "curve": "steps 0:100 1:70 2:40 3:0", "weight": 2,
			"missing": "exclude", "group": "service", "labels": {"en": "Complaints in 90 days", "zh": "90天投诉频次"}},
		{"dimension": "open tickets", "column": "tickets_open", "curve": "steps 0:100 1:80 3:50 6:0", "weight": 1,
			"missing": "exclude", "group": "service", "labels": {"en": "Open tickets", "zh": "未结工单"}}
	],
	"vetoes": [
		{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red", "labels": {"en": "contract ended", "zh": "合同已到期"}},
		{"veto": "payment 90 days late", "column": "oldest_unpaid_due", "since": 90, "band": "red", "labels": {"en": "payment 90 days late", "zh": "回款逾期满90天"}}
	]
}
$document$;
END
$$;
COMMENT ON FUNCTION pulse.sample_model(text) IS
'A model to begin with, as a document for import_model(): ''sales company'' has eleven dimensions in five groups, two vetoes, three bands, and labels in English and Chinese. It reads the columns contract_end, service_end, last_visit, competitor_contact (-infinity: never), key_contact_confirmed (dates or timestamps), interactions_30d, order_count_ratio, order_value_ratio (1: as in the period before), oldest_unpaid_due (a date; infinity: nothing is open), complaints_90d, tickets_open (numbers) of any table or view. Error SP303: no such sample.';
