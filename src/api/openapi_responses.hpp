#pragma once

#include <boost/json/object.hpp>

#include "api/route.hpp"
#include "schema/openapi.hpp"

/// What the OpenAPI document says of answers.
namespace nassaq::api {

/// The `responses` of a route's operation: its own answers, the refusals of its level, and those that any route may
/// give.
/// @param operation  as Route::describe() left it; the schema of the answer is taken out of it.
boost::json::object responses_of(const Route& route, boost::json::object& operation, schema::Components& components);

/// The refusals that are the same for every route: `components/responses`.
boost::json::object common_responses();

/// The schemas of errors, as FastAPI has them.
void add_error_schemas(schema::Components& components);

}  // namespace nassaq::api
