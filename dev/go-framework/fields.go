package main

import (
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/openbao/openbao/sdk/v2/framework"
)

// The types of fields, by the names that they have in TypeScript.
var fieldTypes = map[string]framework.FieldType{
	"string":               framework.TypeString,
	"lowerCaseString":      framework.TypeLowerCaseString,
	"nameString":           framework.TypeNameString,
	"int":                  framework.TypeInt,
	"int64":                framework.TypeInt64,
	"float":                framework.TypeFloat,
	"bool":                 framework.TypeBool,
	"map":                  framework.TypeMap,
	"kvPairs":              framework.TypeKVPairs,
	"durationSecond":       framework.TypeDurationSecond,
	"signedDurationSecond": framework.TypeSignedDurationSecond,
	"slice":                framework.TypeSlice,
	"stringSlice":          framework.TypeStringSlice,
	"commaStringSlice":     framework.TypeCommaStringSlice,
	"commaIntSlice":        framework.TypeCommaIntSlice,
	"header":               framework.TypeHeader,
	"time":                 framework.TypeTime,
}

// The value of one input as a field of each type that takes it; nil where it counts as not sent.
func accepted(raw any) map[string]any {
	values := map[string]any{}
	for name, fieldType := range fieldTypes {
		data := framework.FieldData{
			Raw:    map[string]any{"it": raw},
			Schema: map[string]*framework.FieldSchema{"it": {Type: fieldType}},
		}
		if value, _, err := data.GetOkErr("it"); err == nil {
			values[name] = printable(value)
		}
	}
	return values
}

// A value as JSON can hold it: a nil map or slice is an empty one, as it is to a handler; a time,
// and what is no finite number, is text.
func printable(value any) any {
	if moment, ok := value.(time.Time); ok {
		return moment.Format(time.RFC3339Nano)
	}
	switch reflected := reflect.ValueOf(value); reflected.Kind() {
	case reflect.Map:
		if reflected.IsNil() {
			return map[string]any{}
		}
	case reflect.Slice:
		if reflected.IsNil() {
			return []any{}
		}
	case reflect.Float64:
		if number := reflected.Float(); math.IsNaN(number) || math.IsInf(number, 0) {
			return strconv.FormatFloat(number, 'g', -1, 64)
		}
	}
	return value
}
