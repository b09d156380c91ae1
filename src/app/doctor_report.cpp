#include "app/doctor_report.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace nassaq::app {

namespace json = boost::json;

void DoctorReport::add(std::string_view part, std::string_view state, std::string message) {
    if (!as_json_) {
        fmt::print("{:<11} {}{}\n", std::string(part) + ":", state == "warning" ? "warning: " : "", message);
        return;
    }
    findings_.push_back({.part = std::string(part), .state = std::string(state), .message = std::move(message)});
}

void DoctorReport::finish() const {
    if (!as_json_) return;
    json::array findings;
    for (const Finding& finding : findings_) {
        findings.push_back({{"part", finding.part}, {"state", finding.state}, {"message", finding.message}});
    }
    const json::value report{{"is_well", is_well_}, {"findings", std::move(findings)}};
    fmt::print("{}\n", json::serialize(report));
}

}  // namespace nassaq::app
