#include "http_client/connection.hpp"

#include <new>
#include <utility>

namespace nassaq::http_client {

Connection::Connection() {
    multi_.reset(curl().multi_init());
    easy_.reset(curl().easy_init());
    if (!multi_ || !easy_) {
        throw std::bad_alloc();
    }
    curl().multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
}

std::unique_ptr<Connection> ConnectionPool::take() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) {
        return std::make_unique<Connection>();
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < most_idle_) {
        idle_.push_back(std::move(connection));
    }
}

}  // namespace nassaq::http_client
