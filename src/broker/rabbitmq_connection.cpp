#include "broker/rabbitmq_connection.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <span>

#include "base/version.hpp"

namespace nassaq::broker::rabbitmq {
namespace {

constexpr amqp_channel_t main_channel = 1;
constexpr amqp_channel_t question_channel = 2;
constexpr int largest_frame = 131'072;  // RabbitMQ's own default.
constexpr std::chrono::seconds answer_timeout{10};
constexpr std::chrono::seconds goodbye_timeout{2};
/// How long sent bytes may stay without a sign that the other side takes them (tcp(7), TCP_USER_TIMEOUT): heartbeats
/// do not help while a send blocks.
constexpr std::chrono::milliseconds send_timeout{20'000};

amqp_bytes_t to_bytes(std::string_view text) {
    // rabbitmq-c has no const, and does not write to it.
    return {text.size(), const_cast<char*>(text.data())};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

std::string to_string(const amqp_bytes_t& bytes) {
    return bytes.len == 0 ? std::string() : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

timeval to_timeval(std::chrono::milliseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return {.tv_sec = static_cast<time_t>(seconds.count()),
            .tv_usec = static_cast<suseconds_t>(std::chrono::microseconds(time - seconds).count())};
}

std::string describe_close(const amqp_method_t& method) {
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto* close = static_cast<const amqp_connection_close_t*>(method.decoded);
        return fmt::format("the broker closed the connection: {} {}", close->reply_code, to_string(close->reply_text));
    }
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto* close = static_cast<const amqp_channel_close_t*>(method.decoded);
        return fmt::format("{} {}", close->reply_code, to_string(close->reply_text));
    }
    return fmt::format("the broker answered with method {:#x}", method.id);
}

[[noreturn]] void fail(std::string_view what, int status) {
    throw ConnectionError(fmt::format("{}: {}", what, amqp_error_string2(status)));
}

void require(int status, std::string_view what) {
    if (status != AMQP_STATUS_OK) {
        fail(what, status);
    }
}

void require(const amqp_rpc_reply_t& reply, std::string_view what) {
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL:
            return;
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            fail(what, reply.library_error);
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            throw ConnectionError(fmt::format("{}: {}", what, describe_close(reply.reply)));
        case AMQP_RESPONSE_NONE:
            break;
    }
    throw ConnectionError(fmt::format("{}: no answer", what));
}

bool is_channel_close(const amqp_rpc_reply_t& reply) {
    return reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD;
}

void trust(amqp_socket_t* socket, const AmqpAddress& address) {
    amqp_ssl_socket_set_verify_peer(socket, address.verifies_peer ? 1 : 0);
    amqp_ssl_socket_set_verify_hostname(socket, address.verifies_peer ? 1 : 0);
    require(amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST), "TLS 1.2");
    if (!address.ca_file.empty()) {
        require(amqp_ssl_socket_set_cacert(socket, address.ca_file.c_str()), "the CA file " + address.ca_file);
    } else {
        SSL_CTX_set_default_verify_paths(static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket)));
    }
    if (!address.certificate_file.empty()) {
        require(amqp_ssl_socket_set_key(socket, address.certificate_file.c_str(), address.key_file.c_str()),
                "the certificate file and its key");
    }
}

/// What RabbitMQ is told of the client, and what it may send it (rabbitmq.com/docs/connections#capabilities).
amqp_rpc_reply_t log_in_with_capabilities(amqp_connection_state_t state, const AmqpAddress& address,
                                          const std::string& name) {
    constexpr std::array capabilities{"publisher_confirms", "basic.nack", "connection.blocked",
                                      "consumer_cancel_notify", "authentication_failure_close"};
    std::array<amqp_table_entry_t, capabilities.size()> flags{};
    for (std::size_t i = 0; i < flags.size(); ++i) {
        flags.at(i) = {.key = to_bytes(capabilities.at(i)),
                       .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value = {.boolean = 1}}};
    }
    const std::string product = fmt::format("nassaq {}", version());
    const auto text = [](std::string_view key, std::string_view value) {
        return amqp_table_entry_t{.key = to_bytes(key),
                                  .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = to_bytes(value)}}};
    };
    std::array entries{
        text("connection_name", name), text("product", product),
        amqp_table_entry_t{.key = to_bytes("capabilities"),
                           .value = {.kind = AMQP_FIELD_KIND_TABLE,
                                     .value = {.table = {static_cast<int>(flags.size()), flags.data()}}}}};
    const amqp_table_t properties{static_cast<int>(entries.size()), entries.data()};
    return amqp_login_with_properties(state, address.virtual_host.c_str(), AMQP_DEFAULT_MAX_CHANNELS, largest_frame,
                                      static_cast<int>(address.heartbeat.count()), &properties, AMQP_SASL_METHOD_PLAIN,
                                      address.user.c_str(), address.password.c_str());
}

amqp_message_t read_content(amqp_connection_state_t state, amqp_channel_t channel) {
    amqp_message_t message{};
    require(amqp_read_message(state, channel, &message, 0), "a message could not be read");
    return message;
}

Message take_message(amqp_connection_state_t state, amqp_channel_t channel) {
    amqp_message_t content = read_content(state, channel);
    const bool has_id = (content.properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0;
    Message message{.id = has_id ? to_string(content.properties.message_id) : std::string(),
                    .body = to_string(content.body)};
    amqp_destroy_message(&content);
    return message;
}

/// @return nothing for a method that tells nothing.
std::optional<Event> to_event(amqp_connection_state_t state, const amqp_frame_t& frame) {
    const amqp_method_t& method = frame.payload.method;
    switch (method.id) {
        case AMQP_BASIC_ACK_METHOD: {
            const auto* ack = static_cast<const amqp_basic_ack_t*>(method.decoded);
            return Confirmed{.tag = ack->delivery_tag, .is_multiple = ack->multiple != 0};
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto* nack = static_cast<const amqp_basic_nack_t*>(method.decoded);
            return Confirmed{.tag = nack->delivery_tag, .is_multiple = nack->multiple != 0, .is_taken = false};
        }
        case AMQP_BASIC_RETURN_METHOD: {
            const auto* returned = static_cast<const amqp_basic_return_t*>(method.decoded);
            std::string reason = fmt::format("{} {}", returned->reply_code, to_string(returned->reply_text));
            return Returned{.message_id = take_message(state, frame.channel).id, .reason = std::move(reason)};
        }
        case AMQP_BASIC_DELIVER_METHOD: {
            const std::uint64_t tag = static_cast<const amqp_basic_deliver_t*>(method.decoded)->delivery_tag;
            return Delivered{.tag = tag, .message = take_message(state, frame.channel)};
        }
        case AMQP_BASIC_CANCEL_METHOD:
            return Cancelled{};
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return Blocked{to_string(static_cast<const amqp_connection_blocked_t*>(method.decoded)->reason)};
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            return Unblocked{};
        case AMQP_CONNECTION_CLOSE_METHOD:
            throw ConnectionError(describe_close(method));
        case AMQP_CHANNEL_CLOSE_METHOD:
            throw ConnectionError("the broker closed the channel: " + describe_close(method));
        default:
            return std::nullopt;
    }
}

}  // namespace

void Connection::Destroy::operator()(amqp_connection_state_t_* state) const {
    amqp_destroy_connection(state);
}

Connection::Connection(const AmqpAddress& address, const std::string& name) : state_(amqp_new_connection()) {
    if (!state_) {
        throw std::bad_alloc();
    }
    open_socket(address);
    log_in(address, name);
    amqp_channel_open(state_.get(), main_channel);
    require(amqp_get_rpc_reply(state_.get()), "cannot open a channel");
}

void Connection::open_socket(const AmqpAddress& address) {
    amqp_socket_t* socket = address.uses_tls ? amqp_ssl_socket_new(state_.get()) : amqp_tcp_socket_new(state_.get());
    if (socket == nullptr) {
        throw std::bad_alloc();
    }
    if (address.uses_tls) {
        trust(socket, address);
    }
    const timeval timeout = to_timeval(address.connect_timeout);
    require(amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &timeout),
            fmt::format("cannot connect to {}:{}", address.host, address.port));
    const auto milliseconds = static_cast<unsigned>(send_timeout.count());
    ::setsockopt(descriptor(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

void Connection::log_in(const AmqpAddress& address, const std::string& name) {
    const timeval patience = to_timeval(address.connect_timeout);
    amqp_set_handshake_timeout(state_.get(), &patience);
    const timeval answer = to_timeval(answer_timeout);
    amqp_set_rpc_timeout(state_.get(), &answer);
    require(log_in_with_capabilities(state_.get(), address, name),
            fmt::format("cannot log in to {}:{} as '{}' on virtual host '{}'", address.host, address.port, address.user,
                        address.virtual_host));
}

std::string Connection::product() const {
    const amqp_table_t& properties = *amqp_get_server_properties(state_.get());
    const std::span entries(properties.entries, static_cast<std::size_t>(properties.num_entries));
    std::string found;
    for (const std::string_view key : {"product", "version"}) {
        for (const amqp_table_entry_t& entry : entries) {
            if (to_string(entry.key) == key && entry.value.kind == AMQP_FIELD_KIND_UTF8) {
                found += (found.empty() ? "" : " ") + to_string(entry.value.value.bytes);
            }
        }
    }
    return found;
}

int Connection::descriptor() const {
    return amqp_get_sockfd(state_.get());
}

std::optional<Event> Connection::next_event() {
    for (;;) {
        amqp_maybe_release_buffers(state_.get());
        amqp_frame_t frame;
        const timeval at_once{};
        const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &at_once);
        if (status == AMQP_STATUS_TIMEOUT) {
            return std::nullopt;
        }
        require(status, "the connection is lost");
        if (frame.frame_type == AMQP_FRAME_METHOD) {
            if (auto event = to_event(state_.get(), frame)) {
                return event;
            }
        }
    }
}

template <class Ask>
auto Connection::on_channel_of_its_own(Ask ask) {
    amqp_channel_open(state_.get(), question_channel);
    require(amqp_get_rpc_reply(state_.get()), "cannot open a channel");
    const auto result = ask();
    const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_.get());
    if (is_channel_close(reply)) {
        const std::string reason = describe_close(reply.reply);
        amqp_channel_close_ok_t ok{};
        require(amqp_send_method(state_.get(), question_channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok),
                "the connection is lost");
        throw Refused(reason);
    }
    require(reply, "the broker did not answer");
    require(amqp_channel_close(state_.get(), question_channel, AMQP_REPLY_SUCCESS), "cannot close a channel");
    return result;
}

std::uint64_t Connection::declare(std::string_view queue) {
    const auto depth = find_queue(queue);
    return depth ? *depth : declare_durable(queue);
}

std::uint64_t Connection::declare_durable(std::string_view queue) {
    return on_channel_of_its_own([&] {
        const auto* ok =
            amqp_queue_declare(state_.get(), question_channel, to_bytes(queue), 0, 1, 0, 0, amqp_empty_table);
        return ok == nullptr ? std::uint64_t{0} : ok->message_count;
    });
}

void Connection::require_durable(std::string_view queue) {
    declare_durable(queue);
}

std::optional<std::uint64_t> Connection::find_queue(std::string_view queue) {
    try {
        return on_channel_of_its_own([&] {
            const auto* ok =
                amqp_queue_declare(state_.get(), question_channel, to_bytes(queue), 1, 0, 0, 0, amqp_empty_table);
            return ok == nullptr ? std::uint64_t{0} : ok->message_count;
        });
    } catch (const Refused& refused) {
        if (std::string_view(refused.what()).starts_with(std::to_string(AMQP_NOT_FOUND))) {
            return std::nullopt;
        }
        throw;
    }
}

std::uint64_t Connection::purge(std::string_view queue) {
    return on_channel_of_its_own([&] {
        const auto* ok = amqp_queue_purge(state_.get(), question_channel, to_bytes(queue));
        return ok == nullptr ? std::uint64_t{0} : ok->message_count;
    });
}

void Connection::delete_queue(std::string_view queue) {
    on_channel_of_its_own(
        [&] { return amqp_queue_delete(state_.get(), question_channel, to_bytes(queue), 0, 0) != nullptr; });
}

void Connection::select_confirms() {
    amqp_confirm_select(state_.get(), main_channel);
    require(amqp_get_rpc_reply(state_.get()), "no publisher confirms");
}

void Connection::publish(std::string_view queue, const Message& message) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
    properties.content_type = to_bytes("application/json");
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    properties.message_id = to_bytes(message.id);
    require(amqp_basic_publish(state_.get(), main_channel, amqp_empty_bytes, to_bytes(queue), 1, 0, &properties,
                               to_bytes(message.body)),
            "a message could not be sent");
}

void Connection::consume(std::string_view queue, std::uint16_t prefetch) {
    amqp_basic_qos(state_.get(), main_channel, 0, prefetch, 0);
    require(amqp_get_rpc_reply(state_.get()), "cannot set the prefetch");
    amqp_basic_consume(state_.get(), main_channel, to_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    require(amqp_get_rpc_reply(state_.get()), fmt::format("cannot consume '{}'", queue));
}

void Connection::acknowledge(std::uint64_t tag) {
    require(amqp_basic_ack(state_.get(), main_channel, tag, 0), "a message could not be acknowledged");
}

void Connection::give_back(std::uint64_t tag) {
    require(amqp_basic_nack(state_.get(), main_channel, tag, 0, 1), "a message could not be given back");
}

void Connection::close() noexcept {
    const timeval patience = to_timeval(goodbye_timeout);
    amqp_set_rpc_timeout(state_.get(), &patience);
    amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS);
}

}  // namespace nassaq::broker::rabbitmq
