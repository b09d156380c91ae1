#include "documents/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "documents/event_model.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "jobs/document_events.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

constexpr std::int64_t batch_size = 100;
/// How long a client waits until it comes back, in milliseconds.
constexpr int reconnection_time = 2000;

class DocumentEvents final : public http::EventSource {
public:
    DocumentEvents(Services& services, api::Caller caller, std::int64_t after)
        : services_(services), caller_(std::move(caller)), last_id_(after) {
        // So that a client that is cut off before its first event can resume, too.
        greeting_ = fmt::format("retry: {}\nid: {}\n\n", reconnection_time, last_id_);
    }

    std::optional<std::string> next() override {
        if (!greeting_.empty()) {
            return std::exchange(greeting_, {});
        }
        return services_.database.read([&](db::Session& session) -> std::optional<std::string> {
            if (!may_go_on(session)) {
                return std::nullopt;
            }
            return write_next(session);
        });
    }

    void set_wake(std::function<void()> wake) override {
        auto reach =
            services_.database.read([&](db::Session& session) { return access::reach_of(session, *caller_.rights); });
        subscription_ = services_.events.subscribe(std::move(reach), std::move(wake));
    }

private:
    /// The stream outlives the access token that it was asked for with, so what the token stood for has to hold on: the
    /// user, their role and their session.
    bool may_go_on(db::Session& session) {
        auto user = api::find_caller(session, caller_.token);
        if (!user || !user->is_active || user->is_admin() != caller_.is_admin() || !user->has_valid_token()) {
            return false;
        }
        api::read_rights(session, *user, &caller_);
        caller_ = std::move(*user);
        return true;
    }

    std::string write_next(db::Session& session) {
        std::string text;
        auto reach = access::reach_of(session, *caller_.rights);
        const auto piece = jobs::list_events_after(session, last_id_, *reach, batch_size);
        if (subscription_) subscription_->follow(std::move(reach));
        for (const jobs::DocumentEvent& event : piece.events) {
            const EventData data{.doc_id = event.doc_id,
                                 .stage_name = event.stage_name,
                                 .status = event.status,
                                 .error_message = event.error_message,
                                 .pages_done = event.pages_done,
                                 .pages = event.pages,
                                 .error_code = error_code_of(event.error_message)};
            fmt::format_to(std::back_inserter(text), "id: {}\nevent: document\ndata: {}\n\n", event.event_id,
                           schema::to_json(data));
        }
        // Behind those that do not concern the caller there may be more: the client is told how far it has come.
        if (piece.events.empty() && piece.last_id != last_id_) {
            text = fmt::format("id: {}\n\n", piece.last_id);
        }
        last_id_ = piece.last_id;
        return text;
    }

    Services& services_;
    api::Caller caller_;
    std::int64_t last_id_;
    std::string greeting_;
    std::unique_ptr<jobs::EventFeed::Subscription> subscription_;
};

/// Where to begin. An id that is none, or of the future (of a database that was restored since), means from now on.
std::int64_t starting_point(Services& services, const http::Request& request) {
    const std::int64_t last = services.database.read([](db::Session& session) { return jobs::last_event_id(session); });
    const auto named = text::parse_integer(request.headers.find("last-event-id").value_or(""));
    return named && *named >= 0 ? std::min(*named, last) : last;
}

}  // namespace

http::Response stream_events(Services& services, const api::Caller& caller, const http::Request& request) {
    http::Response response;
    response.headers.add("content-type", "text/event-stream");
    response.headers.add("cache-control", "no-store");
    response.headers.add("x-accel-buffering", "no");  // nginx would collect the events and send them late.
    response.body =
        http::EventBody{std::make_unique<DocumentEvents>(services, caller, starting_point(services, request))};
    return response;
}

}  // namespace nassaq::documents
