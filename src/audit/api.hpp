#pragma once

#include "api/route.hpp"
#include "audit/services.hpp"

namespace nassaq::audit {

api::RouteTable<Services> routes();

}  // namespace nassaq::audit
