#include "audit/api.hpp"

#include "audit/model.hpp"
#include "audit/reading_log.hpp"
#include "audit/store.hpp"

namespace nassaq::audit {
namespace {

using api::Level;

LogList get_logs(Services& services, api::Query<ListLogs> query) {
    services.reading_log.settle();  // What has been read by now is to be seen.
    return services.database.read([&](db::Session& session) { return list_logs(session, query.value); });
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_logs>("GET", "/logs/", Level::admin, {.summary = "Read the audit log, newest first"}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"logs", table};
}

}  // namespace nassaq::audit
