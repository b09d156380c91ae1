#include "broker/service_bus_locks.hpp"

#include <algorithm>
#include <optional>
#include <proton/annotation_key.hpp>
#include <proton/codec/map.hpp>
#include <proton/codec/vector.hpp>
#include <proton/error_condition.hpp>
#include <proton/message_id.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender_options.hpp>
#include <proton/symbol.hpp>
#include <proton/target_options.hpp>
#include <proton/timestamp.hpp>
#include <utility>

#include "base/log.hpp"
#include "broker/service_bus_reply.hpp"

namespace nassaq::broker::service_bus {
namespace {

using std::chrono::milliseconds;

constexpr const char* locked_until = "x-opt-locked-until";
constexpr const char* reply_node = "nassaq-locks";
/// Clocks differ: what the broker's time says of the rest of a lock is taken for no less and no more than this.
constexpr milliseconds shortest_wait{500};
constexpr milliseconds longest_wait{60'000};
/// How soon to ask again when no answer comes; it is an error only when the lock ends.
constexpr milliseconds patience{5'000};

/// Half of the time that is left.
milliseconds wait_until_renewal(proton::timestamp end) {
    const auto now = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    return std::clamp((milliseconds{end.milliseconds()} - now) / 2, shortest_wait, longest_wait);
}

/// The delivery tag is the token as .NET writes a GUID: the first three fields with their low bytes first.
std::optional<proton::uuid> token_of(const proton::delivery& delivery) {
    proton::binary tag = delivery.tag();
    if (tag.size() != proton::uuid::size()) {
        return std::nullopt;
    }
    std::reverse(tag.begin(), tag.begin() + 4);
    std::reverse(tag.begin() + 4, tag.begin() + 6);
    std::reverse(tag.begin() + 6, tag.begin() + 8);
    proton::uuid token;
    std::ranges::copy(tag, token.begin());
    return token;
}

std::optional<std::uint64_t> request_of(const proton::message& reply) {
    const proton::message_id id = reply.correlation_id();
    return id.type() == proton::ULONG ? std::optional(proton::get<std::uint64_t>(id)) : std::nullopt;
}

std::vector<proton::timestamp> expirations_of(const proton::message& reply) {
    try {
        std::map<std::string, proton::value> body;
        proton::get(reply.body(), body);
        return proton::get<std::vector<proton::timestamp>>(body["expirations"]);
    } catch (const proton::conversion_error& error) {
        log::warning("Service Bus answers what nobody understands", {{"error", error.what()}});
        return {};
    }
}

}  // namespace

void LockKeeper::keep(const std::string& queue, const proton::delivery& delivery, const proton::message& message) {
    const proton::value end = message.message_annotations().get(proton::symbol(locked_until));
    const auto token = token_of(delivery);
    if (token && end.type() == proton::TIMESTAMP) {
        queues_[queue].renew_at[*token] = Clock::now() + wait_until_renewal(proton::get<proton::timestamp>(end));
    }
}

void LockKeeper::forget(const proton::delivery& delivery) {
    if (const auto token = token_of(delivery)) {
        for (auto& [name, queue] : queues_) {
            queue.renew_at.erase(*token);
        }
    }
}

LockKeeper::Tokens LockKeeper::due(const Queue& queue) {
    const auto time = Clock::now();
    Tokens tokens;
    for (const auto& [token, renew_at] : queue.renew_at) {
        if (time > renew_at) {
            tokens.push_back(token);
        }
    }
    return tokens;
}

bool LockKeeper::is_due() const {
    return std::ranges::any_of(queues_, [](const auto& entry) { return !due(entry.second).empty(); });
}

void LockKeeper::renew(proton::connection& connection) {
    for (auto& [name, queue] : queues_) {
        if (due(queue).empty()) {
            continue;
        }
        if (!queue.requests || !queue.requests.active()) {
            open(queue, name, connection, *this);
        }
        if (queue.requests.credit() > 0) {
            ask(queue, name);
        }
    }
}

void LockKeeper::open(Queue& queue, const std::string& name, proton::connection& connection,
                      proton::messaging_handler& handler) {
    const std::string node = name + "/$management";
    queue.asked.clear();
    queue.requests = connection.open_sender(node, proton::sender_options().handler(handler));
    queue.replies = connection.open_receiver(
        node, proton::receiver_options().handler(handler).target(proton::target_options().address(reply_node)));
}

void LockKeeper::ask(Queue& queue, const std::string& name) {
    Tokens tokens = due(queue);
    for (const auto& token : tokens) {
        queue.renew_at[token] = Clock::now() + patience;
    }
    proton::message request;
    request.id(proton::message_id(next_request_));
    request.reply_to(reply_node);
    request.properties().put("operation", "com.microsoft:renew-lock");
    request.body(std::map<std::string, proton::value>{{"lock-tokens", proton::value(tokens)}});
    queue.requests.send(request);
    queue.asked.insert_or_assign(next_request_++, std::move(tokens));
    log::debug("locks of messages are renewed", {{"queue", name}});
}

void LockKeeper::on_message(proton::delivery& delivery, proton::message& reply) {
    const auto request = request_of(reply);
    for (auto& [name, queue] : queues_) {
        if (queue.replies != delivery.receiver() || !request) {
            continue;
        }
        if (const auto asked = queue.asked.extract(*request)) {
            note_renewal(queue, asked.mapped(), reply);
        }
    }
}

/// A lock that is lost, or cannot be renewed, is renewed no more: the message comes again.
void LockKeeper::note_renewal(Queue& queue, const Tokens& tokens, const proton::message& reply) {
    const std::int64_t status = status_of(reply);
    std::vector<proton::timestamp> expirations;
    if (status == 200) {
        expirations = expirations_of(reply);
    } else {
        log::warning("Service Bus does not renew the locks of messages", {{"status", status}});
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto found = queue.renew_at.find(tokens[i]);
        if (found == queue.renew_at.end()) {
            continue;  // Settled meanwhile.
        }
        if (i < expirations.size()) {
            found->second = Clock::now() + wait_until_renewal(expirations[i]);
        } else {
            queue.renew_at.erase(found);
        }
    }
}

void LockKeeper::on_sender_error(proton::sender& link) {
    log::warning("locks of messages cannot be renewed", {{"error", link.error().what()}});
}

void LockKeeper::on_receiver_error(proton::receiver& link) {
    log::warning("locks of messages cannot be renewed", {{"error", link.error().what()}});
}

void LockKeeper::on_error(const proton::error_condition& condition) {
    log::warning("locks of messages cannot be renewed", {{"error", condition.what()}});
}

}  // namespace nassaq::broker::service_bus
