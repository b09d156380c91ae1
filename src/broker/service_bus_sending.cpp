#include <algorithm>
#include <proton/error_condition.hpp>
#include <proton/message_id.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <utility>

#include "broker/service_bus_proton.hpp"
#include "broker/service_bus_session.hpp"

/// Session, the container's thread: sending.
namespace nassaq::broker::service_bus {
namespace {

constexpr std::chrono::milliseconds resend_pause{100};
constexpr int most_releases = 10;

/// AMQP 1.0, 2.8.14 ff.: what the broker will say again next time.
bool is_refusal(const std::string& condition) {
    return condition == "amqp:not-found" || condition == "amqp:unauthorized-access" ||
           condition == "amqp:not-allowed" || condition == "amqp:link:message-size-exceeded";
}

proton::message to_amqp(const Message& message) {
    proton::message amqp;
    amqp.inferred(true);  // As a Data section.
    amqp.body(proton::binary(message.body));
    amqp.durable(true);
    amqp.content_type("application/json");
    amqp.id(proton::message_id(message.id));
    return amqp;
}

}  // namespace

void Session::enqueue(const std::string& queue, const std::shared_ptr<Batch>& batch) {
    Outgoing& outgoing = outgoing_[queue];
    if (!is_active(outgoing.link)) {
        outgoing.link = connection_.open_sender(queue);
    }
    for (std::size_t index = 0; index < batch->messages.size(); ++index) {
        outgoing.waiting.push_back({.batch = batch, .index = index});
    }
    send(outgoing);
}

void Session::send(Outgoing& outgoing) {
    while (!outgoing.waiting.empty() && outgoing.link.credit() > 0) {
        Item item = std::move(outgoing.waiting.front());
        outgoing.waiting.pop_front();
        const auto tracker = outgoing.link.send(to_amqp(item.batch->messages[item.index]));
        outgoing.sent.insert_or_assign(tracker.tag(), std::move(item));
    }
}

void Session::on_sender_open(proton::sender& link) {
    on_sendable(link);
}

void Session::on_sendable(proton::sender& link) {
    if (link == token_sender_) {
        if (!has_put_token_ && link.credit() > 0) {
            has_put_token_ = true;
            put_token();
        }
        return;
    }
    // A link that is about to be refused has no target, but may have credit (AMQP 1.0, 2.6.3).
    if (link.credit() > 0 && !link.target().address().empty()) {
        answer_probe(link, "");
    }
    for (auto& [queue, outgoing] : outgoing_) {
        if (outgoing.link == link) {
            send(outgoing);
        }
    }
}

void Session::answer_probe(const proton::sender& link, const std::string& fault) {
    const auto found = std::ranges::find_if(probes_, [&](const Probe& probe) { return probe.link == link; });
    if (found == probes_.end()) {
        return;
    }
    Probe probe = std::move(*found);
    probes_.erase(found);
    probe.answer->set_value(fault);
    if (is_active(probe.link)) {
        probe.link.close();
    }
}

std::optional<Session::Item> Session::take(proton::tracker& tracker) {
    for (auto& [queue, outgoing] : outgoing_) {
        if (outgoing.link == tracker.sender()) {
            if (auto found = outgoing.sent.extract(tracker.tag())) {
                return std::move(found.mapped());
            }
        }
    }
    return std::nullopt;
}

void Session::close_item(const Item& item, std::optional<std::string> refusal) {
    Batch& batch = *item.batch;
    if (refusal) {
        batch.refusals.push_back({.message_id = batch.messages[item.index].id, .reason = std::move(*refusal)});
    }
    if (--batch.open == 0) {
        batch.promise.set_value(std::move(batch.refusals));
    }
}

void Session::on_tracker_accept(proton::tracker& tracker) {
    if (const auto item = take(tracker)) {
        close_item(*item, std::nullopt);
    }
}

void Session::on_tracker_reject(proton::tracker& tracker) {
    if (const auto item = take(tracker)) {
        close_item(*item, "the broker has rejected it");
    }
}

/// Proton calls it for `modified`, too.
void Session::on_tracker_release(proton::tracker& tracker) {
    auto item = take(tracker);
    if (!item) {
        return;
    }
    if (++item->releases > most_releases) {
        close_item(*item, "the broker has released it again and again");
        return;
    }
    const proton::sender link = tracker.sender();
    connection_.work_queue().schedule(to_duration(resend_pause), [this, link, again = std::move(*item)] {
        for (auto& [queue, outgoing] : outgoing_) {
            if (outgoing.link == link) {
                outgoing.waiting.push_front(again);
                send(outgoing);
            }
        }
    });
}

void Session::drop_sender(const proton::sender& link, const std::string& reason, bool refused) {
    const auto found = std::ranges::find_if(outgoing_, [&](const auto& entry) { return entry.second.link == link; });
    if (found == outgoing_.end()) {
        return;
    }
    const Outgoing dropped = std::move(found->second);
    outgoing_.erase(found);  // The promises of what was not refused break: it is published again.
    for (const Item& item : dropped.waiting) {
        if (refused) {
            close_item(item, reason);
        }
    }
}

void Session::on_sender_error(proton::sender& link) {
    if (link == token_sender_) {
        error_ = link.error().what();
        connection_.close();
        return;
    }
    answer_probe(link, link.error().what());
    drop_sender(link, link.error().what(), is_refusal(link.error().name()));
}

/// Service Bus closes links on which nothing happens for ten minutes.
void Session::on_sender_close(proton::sender& link) {
    answer_probe(link, "the link was closed");
    drop_sender(link, "the link was closed", false);
}

}  // namespace nassaq::broker::service_bus
