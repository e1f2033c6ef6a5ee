/** What lies behind the volumes: files, loop devices, the links that hosts see, and their drv_cfg. */
@NullMarked
package io.hvkit.powerflex.simulator.internal.device;

import org.jspecify.annotations.NullMarked;
