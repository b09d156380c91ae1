#include "app/routes.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "api/openapi.hpp"
#include "audit/api.hpp"
#include "audit/refusals.hpp"
#include "auth/api.hpp"
#include "documents/api.hpp"
#include "health/api.hpp"
#include "pages/api_pages.hpp"
#include "paths/api.hpp"
#include "quotas/api.hpp"
#include "roles/api.hpp"
#include "users/api.hpp"

namespace nassaq::app {
namespace {

std::array<api::RouteTable, 8> tables() {
    return {auth::routes(),  users::routes(),     roles::routes(), quotas::routes(),
            paths::routes(), documents::routes(), audit::routes(), health::routes()};
}

}  // namespace

boost::json::object openapi() {
    return api::make_openapi(tables());
}

std::vector<http::Endpoint> endpoints(api::Services& services) {
    std::vector<http::Endpoint> all;
    for (const api::RouteTable& table : tables()) {
        std::ranges::move(api::to_endpoints(table, services), std::back_inserter(all));
    }
    audit::record_refusals(all, services);
    if (services.settings.is_development) {
        std::ranges::move(pages::api_pages(boost::json::serialize(openapi())), std::back_inserter(all));
    }
    return all;
}

std::vector<http::Endpoint> health_endpoints(api::Services& services) {
    return api::to_endpoints(health::routes(), services);
}

}  // namespace nassaq::app
