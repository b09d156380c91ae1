#include "app/routes.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <tuple>
#include <utility>

#include "api/openapi.hpp"
#include "audit/api.hpp"
#include "audit/refusals.hpp"
#include "auth/api.hpp"
#include "documents/api.hpp"
#include "groups/api.hpp"
#include "handover/api.hpp"
#include "health/api.hpp"
#include "pages/api_pages.hpp"
#include "paths/api.hpp"
#include "permissions/api.hpp"
#include "quotas/api.hpp"
#include "roles/api.hpp"
#include "trash/api.hpp"
#include "users/api.hpp"

namespace nassaq::app {
namespace {

/// Each feature's table and what its handlers use, in the order in which the documentation has them.
constexpr auto features_in_order = std::make_tuple(
    std::pair(&auth::routes, &Features::auth), std::pair(&users::routes, &Features::users),
    std::pair(&roles::routes, &Features::roles), std::pair(&groups::routes, &Features::groups),
    std::pair(&quotas::routes, &Features::quotas), std::pair(&paths::routes, &Features::paths),
    std::pair(&documents::routes, &Features::documents), std::pair(&trash::routes, &Features::trash),
    std::pair(&permissions::routes, &Features::permissions), std::pair(&handover::routes, &Features::handover),
    std::pair(&audit::routes, &Features::audit), std::pair(&health::routes, &Features::health));

/// Calls `use(table, member of Features)` for each.
template <class Use>
void for_each_feature(Use use) {
    std::apply([&](const auto&... feature) { (use(feature.first(), feature.second), ...); }, features_in_order);
}

}  // namespace

boost::json::object openapi() {
    std::vector<api::DocumentedTable> tables;
    for_each_feature([&](const auto& table, auto) { tables.push_back(api::to_documentation(table)); });
    return api::make_openapi(tables);
}

std::vector<http::Endpoint> page_endpoints() {
    return pages::api_pages(boost::json::serialize(openapi()));
}

std::vector<http::Endpoint> endpoints(Features& features) {
    std::vector<http::Endpoint> all;
    for_each_feature([&](const auto& table, auto services) {
        std::ranges::move(api::to_endpoints(table, features.*services, features.access), std::back_inserter(all));
    });
    audit::record_refusals(all, features.access.database);
    return all;
}

std::vector<http::Endpoint> health_endpoints(health::Services& services) {
    return api::to_open_endpoints(health::routes(), services);
}

}  // namespace nassaq::app
