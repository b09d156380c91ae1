#include <algorithm>
#include <proton/error_condition.hpp>
#include <proton/message_id.hpp>
#include <proton/receiver_options.hpp>
#include <proton/source_options.hpp>

#include "base/log.hpp"
#include "broker/service_bus_proton.hpp"
#include "broker/service_bus_session.hpp"

/// Session, the container's thread: receiving.
namespace nassaq::broker::service_bus {
namespace {

/// How long a queue that cannot be received from is left alone.
constexpr std::chrono::milliseconds link_pause{5'000};

/// Others send their JSON as a value.
std::string body_of(const proton::message& message) {
    const proton::value& body = message.body();
    if (body.type() == proton::BINARY) {
        const auto bytes = proton::get<proton::binary>(body);
        return {bytes.begin(), bytes.end()};
    }
    return body.type() == proton::STRING ? proton::get<std::string>(body) : std::string();
}

std::string id_of(const proton::message& message) {
    const proton::message_id id = message.id();
    if (id.type() == proton::STRING) {
        return proton::get<std::string>(id);
    }
    return id.empty() ? std::string() : proton::to_string(id);
}

}  // namespace

/// As much credit as threads wait, so that no message lies locked here for nobody.
void Session::ask_for_messages() {
    const std::scoped_lock lock(mutex_);
    if (state_ != State::connected) {
        return;
    }
    const bool may_open = retry_links_at_ == never || Clock::now() > retry_links_at_;
    retry_links_at_ = may_open ? never : retry_links_at_;
    for (auto& [queue, inbox] : inboxes_) {
        while (inbox.ready.size() > inbox.waiting) {
            end_loan(inbox.ready.back().loan.serial, false);
            inbox.ready.pop_back();
        }
        Incoming& incoming = incoming_[queue];
        const std::size_t wanted = inbox.waiting - inbox.ready.size();
        if (wanted > 0 && may_open && !is_active(incoming.link)) {
            incoming = {.link = connection_.open_receiver(
                            queue, proton::receiver_options().credit_window(0).auto_accept(false))};
        }
        if (incoming.is_open && wanted > incoming.credit) {
            incoming.link.add_credit(static_cast<std::uint32_t>(wanted - incoming.credit));
            incoming.credit = wanted;
        }
    }
}

void Session::on_receiver_open(proton::receiver& link) {
    for (auto& [queue, incoming] : incoming_) {
        if (incoming.link == link) {
            incoming.is_open = true;
        }
    }
    ask_for_messages();
}

void Session::on_message(proton::delivery& delivery, proton::message& message) {
    if (delivery.receiver() == token_receiver_) {
        note_token(message);
        return;
    }
    const auto found =
        std::ranges::find_if(incoming_, [&](const auto& entry) { return entry.second.link == delivery.receiver(); });
    if (found == incoming_.end()) {
        delivery.release();
        return;
    }
    auto& [queue, incoming] = *found;
    incoming.credit -= std::min<std::size_t>(incoming.credit, 1);
    const std::uint64_t serial = next_serial_++;
    loans_.emplace(serial, delivery);
    locks_.keep(queue, delivery, message);
    {
        const std::scoped_lock lock(mutex_);
        inboxes_[queue].ready.push_back({.message = {.id = id_of(message), .body = body_of(message)},
                                         .loan = {.connection = generation_, .serial = serial}});
    }
    changed_.notify_all();
    ask_for_messages();
}

void Session::end_loan(std::uint64_t serial, bool is_done) {
    const auto found = loans_.find(serial);
    if (found == loans_.end()) {
        return;
    }
    locks_.forget(found->second);
    if (is_done) {
        found->second.accept();
    } else {
        found->second.release();
    }
    loans_.erase(found);
}

void Session::on_receiver_error(proton::receiver& link) {
    log::warning("nothing can be received from a queue of Service Bus",
                 {{"queue", link.source().address()}, {"error", link.error().what()}});
}

void Session::on_receiver_close(proton::receiver& link) {
    std::erase_if(incoming_, [&](const auto& entry) { return entry.second.link == link; });
    retry_links_at_ = Clock::now() + link_pause;
}

}  // namespace nassaq::broker::service_bus
