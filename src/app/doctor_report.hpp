#pragma once

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nassaq::app {

/// What the doctor has found: a line each as it is found, or all of it as JSON at the end.
class DoctorReport {
public:
    explicit DoctorReport(bool as_json) : as_json_(as_json) {}

    /// What is as it should be, or only told.
    template <class... Values>
    void say(std::string_view part, fmt::format_string<Values...> text, Values&&... values) {
        add(part, "ok", fmt::format(text, std::forward<Values>(values)...));
    }
    /// What works, and had better be otherwise.
    template <class... Values>
    void warn(std::string_view part, fmt::format_string<Values...> text, Values&&... values) {
        add(part, "warning", fmt::format(text, std::forward<Values>(values)...));
    }
    /// What does not work.
    template <class... Values>
    void complain(std::string_view part, fmt::format_string<Values...> text, Values&&... values) {
        is_well_ = false;
        add(part, "fault", fmt::format(text, std::forward<Values>(values)...));
    }

    /// Looks at something; what it throws is a fault of that part.
    template <class Look>
    void guarded(std::string_view part, const Look& look) {
        try {
            look();
        } catch (const std::exception& error) {
            complain(part, "failed: {}", error.what());
        }
    }

    /// No fault so far.
    [[nodiscard]] bool is_well() const { return is_well_; }
    /// Prints what has not been printed.
    void finish() const;

private:
    struct Finding {
        std::string part;
        std::string state;
        std::string message;
    };
    void add(std::string_view part, std::string_view state, std::string message);

    bool as_json_;
    bool is_well_ = true;
    std::vector<Finding> findings_;
};

/// How long something took.
class Stopwatch {
public:
    [[nodiscard]] double milliseconds() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace nassaq::app
