#include "ocr/tool.hpp"

#include <chrono>
#include <utility>

#include "ocr/fault.hpp"

namespace nassaq::ocr {

std::expected<Outcome, Fault> run_tool(const Order& order, const Tool& tool, std::vector<std::string> arguments,
                                       std::int64_t output_bytes) {
    const std::string program(tool.program);
    const auto path = find_program(program);
    if (!path) {
        return machine_fault("The program " + program + " (package " + std::string(tool.package) +
                             ") is not installed.");
    }
    constexpr int busy_machine = 3;
    const Limits& limits = order.limits;
    auto outcome = run_process({.program = *path,
                                .arguments = std::move(arguments),
                                .folder = order.folder,
                                .input = {},
                                .limits = {.address_space_bytes = limits.address_space_bytes,
                                           .cpu_seconds = limits.step_cpu_seconds,
                                           .file_size_bytes = limits.file_size_bytes,
                                           .open_files = limits.open_files},
                                .timeout = std::chrono::seconds(limits.step_wall_seconds),
                                .grace = busy_machine * std::chrono::seconds(limits.step_wall_seconds),
                                .output_bytes = static_cast<std::size_t>(output_bytes),
                                .own_session = false});
    if (!outcome) return machine_fault(program + " could not be started: " + outcome.error().message() + ".");
    return std::move(*outcome);
}

}  // namespace nassaq::ocr
