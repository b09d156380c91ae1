#include "api/answer_cache.hpp"

#include <utility>
#include <variant>

namespace nassaq::api {
namespace {

std::size_t size_of(std::string_view key, const http::Response& answer) {
    return key.size() + std::get<std::string>(answer.body).size();
}

}  // namespace

AnswerCache::Answer AnswerCache::find(std::string_view key, std::int64_t version) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || found->second->version != version || is_over(*found->second)) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->answer;
}

bool AnswerCache::has(std::string_view key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = by_key_.find(key);
    return found != by_key_.end() && !is_over(*found->second);
}

void AnswerCache::keep(std::string_view key, std::int64_t version, const http::Response& answer,
                       Clock::time_point until) {
    const std::size_t size = size_of(key, answer);
    // One that leaves no room for any other would cost more than it spares.
    if (size > most_bytes_ / 8) {
        return;
    }
    auto kept = std::make_shared<const http::Response>(http::copy_of(answer));
    const std::scoped_lock lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        forget(found->second);
    }
    entries_.push_front({.key = std::string(key), .version = version, .until = until, .answer = std::move(kept)});
    by_key_.emplace(entries_.front().key, entries_.begin());
    bytes_ += size;
    while (bytes_ > most_bytes_) {
        forget(std::prev(entries_.end()));
    }
}

std::size_t AnswerCache::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

bool AnswerCache::is_over(const Entry& entry) {
    return entry.until != Clock::time_point::max() && entry.until <= Clock::now();
}

void AnswerCache::forget(Entries::iterator entry) {
    bytes_ -= size_of(entry->key, *entry->answer);
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

}  // namespace nassaq::api
