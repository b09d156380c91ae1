#pragma once

#include "api/route.hpp"
#include "handover/services.hpp"

namespace nassaq::handover {

api::RouteTable<Services> routes();

}  // namespace nassaq::handover
