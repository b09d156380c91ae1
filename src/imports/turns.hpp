#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace nassaq::imports {

/// One at a time for each name: the same content may be in a folder twice. Safe to use from several threads.
class Turns {
public:
    /// Until it goes.
    class Turn {
    public:
        Turn(Turns& turns, std::string name) : turns_(turns), name_(std::move(name)) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { turns_.give_back(name_); }

    private:
        Turns& turns_;
        std::string name_;
    };

    /// Waits until nobody has it.
    [[nodiscard]] Turn take(const std::string& name) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return taken_.insert(name).second; });
        return {*this, name};
    }

private:
    void give_back(const std::string& name) {
        {
            const std::scoped_lock lock(mutex_);
            taken_.erase(name);
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> taken_;
};

}  // namespace nassaq::imports
