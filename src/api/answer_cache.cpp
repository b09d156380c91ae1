#include "api/answer_cache.hpp"

#include <utility>

namespace nassaq::api {

AnswerCache::Answer AnswerCache::find(std::string_view key, std::int64_t version) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || found->second->version != version) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->answer;
}

void AnswerCache::keep(std::string_view key, std::int64_t version, Answer answer) {
    // One that leaves no room for any other would cost more than it spares.
    if (key.size() + answer->size() > most_bytes_ / 8) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        forget(found->second);
    }
    entries_.push_front({.key = std::string(key), .version = version, .answer = std::move(answer)});
    by_key_.emplace(entries_.front().key, entries_.begin());
    bytes_ += size_of(entries_.front());
    while (bytes_ > most_bytes_) {
        forget(std::prev(entries_.end()));
    }
}

std::size_t AnswerCache::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

void AnswerCache::forget(Entries::iterator entry) {
    bytes_ -= size_of(*entry);
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

}  // namespace nassaq::api
