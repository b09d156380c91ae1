/// Messages a second from the outbox to RabbitMQ, and of bare rabbitmq-c with the same messages and as many
/// unconfirmed.
///
///     relay_rate bare URL QUEUE MESSAGES WINDOW
///     relay_rate relay URL QUEUE MESSAGES THREADS FOLDER          the outbox in a SQLite database in FOLDER
///     relay_rate relay URL QUEUE MESSAGES THREADS CONNECTION      the outbox in the database of that ODBC string
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "broker/rabbitmq.hpp"
#include "db/connection_string.hpp"
#include "db/migrate.hpp"
#include "db/odbc.hpp"
#include "db/sqlite.hpp"
#include "jobs/message.hpp"
#include "jobs/outbox.hpp"

namespace {

using namespace nassaq;
using Clock = std::chrono::steady_clock;

std::string body_of(std::int64_t number) {
    return jobs::to_json(
        {.doc_id = number,
         .file_path = fmt::format("https://account.blob.core.windows.net/docs/contract-{}.pdf", number),
         .filename = fmt::format("contract-{}.pdf", number),
         .user_id = 7});
}

amqp_bytes_t bytes_of(std::string& text) {
    return {text.size(), text.data()};
}

void require(bool is_well, const char* what) {
    if (!is_well) {
        throw std::runtime_error(what);
    }
}

bool is_normal(const amqp_rpc_reply_t& reply) {
    return reply.reply_type == AMQP_RESPONSE_NORMAL;
}

struct Destroy {
    void operator()(amqp_connection_state_t_* state) const { amqp_destroy_connection(state); }
};

/// rabbitmq-c and nothing else: a window that slides.
class Bare {
public:
    Bare(const broker::AmqpAddress& address, std::string queue)
        : state_(amqp_new_connection()), queue_(std::move(queue)) {
        amqp_socket_t* socket = amqp_tcp_socket_new(state_.get());
        require(amqp_socket_open(socket, address.host.c_str(), address.port) == AMQP_STATUS_OK, "connect");
        require(is_normal(amqp_login(state_.get(), address.virtual_host.c_str(), 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN,
                                     address.user.c_str(), address.password.c_str())),
                "log in");
        amqp_channel_open(state_.get(), 1);
        amqp_queue_declare(state_.get(), 1, bytes_of(queue_), 0, 1, 0, 0, amqp_empty_table);
        require(is_normal(amqp_get_rpc_reply(state_.get())), "declare");
        amqp_confirm_select(state_.get(), 1);
        require(is_normal(amqp_get_rpc_reply(state_.get())), "confirms");
    }

    void run(std::uint64_t messages, std::uint64_t window) {
        for (std::uint64_t sent = 1; sent <= messages; ++sent) {
            publish(sent);
            while (sent - confirmed_ >= window) {
                take_confirm();
            }
        }
        while (confirmed_ < messages) {
            take_confirm();
        }
    }

private:
    void publish(std::uint64_t number) {
        std::string body = body_of(static_cast<std::int64_t>(number));
        std::string id = std::to_string(number);
        std::string type = "application/json";
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
        properties.content_type = bytes_of(type);
        properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
        properties.message_id = bytes_of(id);
        require(amqp_basic_publish(state_.get(), 1, amqp_empty_bytes, bytes_of(queue_), 1, 0, &properties,
                                   bytes_of(body)) == AMQP_STATUS_OK,
                "publish");
    }

    void take_confirm() {
        amqp_maybe_release_buffers(state_.get());
        amqp_frame_t frame;
        require(amqp_simple_wait_frame(state_.get(), &frame) == AMQP_STATUS_OK, "wait");
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
            // One that is not `multiple` may come before those in front of it; counting is enough here.
            confirmed_ = ack->multiple != 0 ? std::max(confirmed_, ack->delivery_tag) : confirmed_ + 1;
        }
    }

    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
    std::string queue_;
    std::uint64_t confirmed_ = 0;
};

std::unique_ptr<db::Driver> driver_for(const std::string& place) {
    if (place.find('=') == std::string::npos) {
        return db::make_sqlite_driver(place + "/outbox.db");
    }
    return db::make_odbc_driver(
        {.connection_string = db::complete(db::ConnectionString::parse(place).value()).to_string()});
}

void fill(db::Database& database, const std::string& queue, std::int64_t messages) {
    constexpr std::int64_t at_once = 1'000;
    for (std::int64_t first = 0; first < messages; first += at_once) {
        database.transaction([&](db::Session& session) {
            for (std::int64_t number = first; number < std::min(first + at_once, messages); ++number) {
                jobs::enqueue(session, queue, number, body_of(number), now());
            }
        });
    }
}

double measure(std::uint64_t messages, const auto& work) {
    const auto begin = Clock::now();
    work();
    return static_cast<double>(messages) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double relay(const broker::AmqpAddress& address, const std::string& queue, std::int64_t messages, int threads,
             const std::string& place) {
    db::Database database(driver_for(place), 8);
    db::migrate(database);
    fill(database, queue, messages);
    if (database.dialect() == db::Dialect::postgres) {
        database.execute("ANALYZE Outbox");  // Autovacuum does so after a minute; this backlog is some seconds old.
    }
    const auto broker = broker::make_rabbitmq_broker(address, 1);
    broker->check();
    const jobs::Stages stages({{.name = std::string(jobs::ocr_stage), .queue = queue}});
    jobs::OutboxRelay outbox(database, *broker, stages);
    return measure(static_cast<std::uint64_t>(messages), [&] {
        std::vector<std::jthread> running;
        running.reserve(static_cast<std::size_t>(threads));
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&] {
                while (outbox.step() > 0) {
                }
            });
        }
    });
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    const auto address = broker::parse_amqp_url(words.at(1)).value();
    const std::int64_t messages = std::stoll(words.at(3));
    if (words.at(0) == "bare") {
        Bare bare(address, words.at(2));
        const auto number = static_cast<std::uint64_t>(messages);
        fmt::print("{:.0f}\n", measure(number, [&] { bare.run(number, std::stoull(words.at(4))); }));
    } else {
        fmt::print("{:.0f}\n", relay(address, words.at(2), messages, std::stoi(words.at(4)), words.at(5)));
    }
    return 0;
}
