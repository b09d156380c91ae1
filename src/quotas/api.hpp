#pragma once

#include "api/route.hpp"
#include "quotas/services.hpp"

namespace nassaq::quotas {

api::RouteTable<Services> routes();

}  // namespace nassaq::quotas
