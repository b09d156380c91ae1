#include "ocr/tool.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "ocr/fault.hpp"

namespace nassaq::ocr {

namespace {

std::expected<ToolAnswer, std::string> ask_the_server(const ToolOrder& order) {
    std::cout << write_tool_order(order) << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return read_tool_answer(answer);
}

std::string read_output(const Order& order) {
    std::ifstream file(tool_output(order.folder), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::expected<Outcome, Fault> run_tool(const Order& order, const Tool& tool, std::vector<std::string> arguments,
                                       std::int64_t output_bytes) {
    const std::string program(tool.program);
    if (!find_program(program)) {
        return machine_fault(Reason::program_not_installed, program, tool.package);
    }
    auto answer = ask_the_server({.program = program, .arguments = std::move(arguments), .output_bytes = output_bytes});
    if (!answer) return machine_fault(Reason::end_untold, program, answer.error());
    if (!*answer) return std::unexpected(std::move(answer->error()));
    (*answer)->output = read_output(order);
    return std::move(**answer);
}

}  // namespace nassaq::ocr
