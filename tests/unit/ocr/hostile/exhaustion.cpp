#include "exhaustion.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <map>
#include <string_view>

#include "base/file.hpp"

namespace nassaq::ocr::hostile {

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

void say(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
        if (written <= 0) _exit(1);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void say_for_ever(const std::string& text) {
    for (;;) say(text);
}

/// Of a tool that takes the server a moment to start.
void flood_orders(const Order&) {
    say_for_ever(write_tool_order({.program = "pdfinfo", .arguments = {"-v"}, .output_bytes = 100}));
}

void flood_progress(const Order&) {
    say_for_ever(write_progress({.pages_done = 1, .pages = 2}));
}

/// As much of an answer as of an order, were the name repeated.
void never_read(const Order&) {
    say_for_ever(write_tool_order({.program = std::string(60'000, 'x'), .arguments = {}}));
}

void order_by_a_long_name(const Order&) {
    say_for_ever(write_tool_order({.program = std::string(40 * mebibyte, 'x'), .arguments = {}}));
}

/// Of two bytes each, which a reader may take dozens for.
void answer_with_numbers(const Order&) {
    std::string numbers;
    while (numbers.size() < mebibyte) numbers += "0,";
    say(R"({"document":{"pages":[)");
    for (int piece = 0; piece < 60; ++piece) say(numbers);
    say("0]}}");
}

void answer_with_many_pages(const Order&) {
    Document document{.word_count = 1, .primary_language = {}};
    for (std::int64_t number = 1; number <= 300'000; ++number) {
        document.pages.push_back({.number = number, .text = "x", .method = Method::decoded});
    }
    say(write_result(document));
}

UniqueFd make_file(const Order& order, int number) {
    const std::string path = order.folder + "/" + std::to_string(number);
    UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) _exit(1);
    return file;
}

[[noreturn]] void make_files(const Order& order) {
    for (int number = 0;; ++number) static_cast<void>(make_file(order, number));
}

[[noreturn]] void write_files(const Order& order) {
    const std::string piece(mebibyte, 'x');
    for (int number = 0;; ++number) {
        const UniqueFd file = make_file(order, number);
        for (int written = 0; written < 16; ++written) {
            if (write(file.get(), piece.data(), piece.size()) < 0) _exit(1);
        }
    }
}

/// While the server waits for a tool that does not end.
void write_files_beside_a_tool(const Order& order) {
    say(write_tool_order({.program = "catdoc", .arguments = {"/dev/urandom"}, .output_bytes = std::int64_t{1} << 30}));
    write_files(order);
}

const std::map<std::string_view, void (*)(const Order&)> modes{
    {"flood_orders", flood_orders},
    {"flood_progress", flood_progress},
    {"never_read", never_read},
    {"order_by_a_long_name", order_by_a_long_name},
    {"answer_with_numbers", answer_with_numbers},
    {"answer_with_many_pages", answer_with_many_pages},
    {"make_files", make_files},
    {"write_files", write_files},
    {"write_files_beside_a_tool", write_files_beside_a_tool},
};

}  // namespace

bool exhaust(const std::string& mode, const Order& order) {
    const auto found = modes.find(mode);
    if (found == modes.end()) return false;
    found->second(order);
    return true;
}

}  // namespace nassaq::ocr::hostile
