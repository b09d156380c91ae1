// Stands in for nassaq-extract, and tries what a decoder could try that was taken over by its document. Its answer has
// a line for each attack: "refused NAME: why" or "SUCCEEDED NAME".

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "attack.hpp"
#include "exhaustion.hpp"

namespace nassaq::ocr::hostile {

namespace {

Instructions read_instructions(const std::string& document) {
    Instructions instructions;
    std::ifstream file(document);
    for (std::string name, value; file >> name && std::getline(file >> std::ws, value);) instructions[name] = value;
    return instructions;
}

/// Before anything is opened.
std::string inherited_descriptors() {
    std::string report;
    for (int number = 3; number < 1024; ++number) {
        if (fcntl(number, F_GETFD) >= 0) report += "SUCCEEDED descriptor_" + std::to_string(number) + "\n";
    }
    return report.empty() ? "refused descriptors: none is open\n" : report;
}

/// @param spared  Names between blanks of what is not tried, because it would do harm where it is not refused.
std::string attempt(const std::vector<Attack>& attacks, const std::string& spared) {
    std::string report;
    for (const Attack& attack : attacks) {
        if (spared.find(" " + attack.name + " ") != std::string::npos) continue;
        errno = 0;
        const bool succeeded = attack.succeeds();
        const int error = errno;
        report += succeeded ? "SUCCEEDED " + attack.name + "\n"
                            : "refused " + attack.name + ": " + std::strerror(error) + "\n";
    }
    return report;
}

/// So that a test knows that not simply everything is refused.
std::string use_what_is_its_own(const Order& order) {
    const std::string path = order.folder + "/mine";
    const auto content = [&] {
        std::string text;
        std::getline(std::ifstream(path), text);
        return text;
    };
    std::ofstream(path) << "mine";
    const bool written = content() == "mine";
    std::ofstream(path) << "";
    const bool emptied = content().empty();
    return written && emptied ? "its own folder can be used\n" : "its own folder cannot be used\n";
}

bool has_run(const ToolOrder& tool) {
    std::cout << write_tool_order(tool) << std::flush;
    std::string line;
    std::getline(std::cin, line);
    const auto answer = read_tool_answer(line);
    return answer && *answer && (*answer)->succeeded();
}

/// Has the server run what it should not.
std::string order_tools(const Order& order, const Instructions& instructions) {
    const std::string database = instructions.at("database");
    const std::string victims = instructions.at("victims");
    const std::string output = tool_output(order.folder);
    return attempt(
        {
            {"tool_shell",
             [] {
                 return has_run({.program = "sh", .arguments = {"-c", "true"}, .output_bytes = 100});
             }},
            {"tool_by_path",
             [] {
                 return has_run({.program = "/bin/sh", .arguments = {"-c", "true"}});
             }},
            {"tool_that_climbs",
             [] {
                 return has_run({.program = "../../bin/sh", .arguments = {"-c", "true"}});
             }},
            {"tool_that_reads",
             [&] { return has_run({.program = "catdoc", .arguments = {database}, .output_bytes = 100}); }},
            {"tool_that_writes",
             [&] {
                 return has_run({.program = "pdftotext", .arguments = {instructions.at("pdf"), victims + "/tool"}});
             }},
            {"tool_over_another_file",
             [&] {
                 return rename((victims + "/link").c_str(), output.c_str()) == 0 &&
                        has_run({.program = "catdoc", .arguments = {"-V"}, .output_bytes = 100});
             }},
        },
        {});
}

void answer(const std::string& text) {
    const Page page{.text = text, .method = Method::decoded};
    std::cout << write_result(Document{.pages = {page}, .word_count = 1, .primary_language = {}}) << std::flush;
}

[[noreturn]] void hang(const Order& order) {
    std::ofstream(order.folder + "/process") << getpid() << std::endl;
    for (;;) pause();
}

/// More than any decoder needs, and then for ever.
void start_threads() {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, std::size_t{64} << 10);
    for (int number = 0; number < 300; ++number) {
        pthread_t thread{};
        pthread_create(
            &thread, &small,
            [](void*) -> void* {
                for (;;) pause();
            },
            nullptr);
    }
}

/// While the server waits for a tool that does not end.
void start_threads_beside_a_tool() {
    std::cout << write_tool_order(
                     {.program = "catdoc", .arguments = {"/dev/urandom"}, .output_bytes = std::int64_t{1} << 30})
              << std::flush;
    start_threads();
}

std::string attack_everything(const Order& order, const Instructions& instructions) {
    std::string report = use_what_is_its_own(order);
    const auto spare = instructions.find("spare");
    const std::string spared = spare == instructions.end() ? "" : " " + spare->second + " ";
    for (const auto& attacks :
         {attacks_on_files(order, instructions), attacks_on_processes(instructions), attacks_on_the_system(order)}) {
        report += attempt(attacks, spared);
    }
    return report;
}

int run() {
    std::string report = inherited_descriptors();
    std::string text;
    std::getline(std::cin, text);
    const auto order = read_order(text);
    if (!order) return 2;
    const Instructions instructions = read_instructions(order->file);
    const auto mode = instructions.find("mode");
    if (mode == instructions.end()) return 3;
    if (exhaust(mode->second, *order)) return 0;
    if (mode->second == "hang") hang(*order);
    if (mode->second == "threads") start_threads();
    if (mode->second == "threads_beside_a_tool") start_threads_beside_a_tool();
    if (mode->second.starts_with("threads")) hang(*order);
    if (mode->second == "tools") report = order_tools(*order, instructions);
    if (mode->second == "attack") report += attack_everything(*order, instructions);
    answer(report);
    return 0;
}

}  // namespace
}  // namespace nassaq::ocr::hostile

int main() {
    return nassaq::ocr::hostile::run();
}
