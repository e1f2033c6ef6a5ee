package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.HostId;
import java.nio.file.Path;
import java.util.Map;

/**
 * What was said of hosts.
 *
 * @param guids the GUIDs of their clients, in capital letters, where the array names a client otherwise
 * @param devices the folder of their devices, in which {@code {host}} stands for a host
 */
public record Hosts(Map<HostId, String> guids, String devices) {

    Path device(HostId host, String system, String volume) {
        return Path.of(devices.replace("{host}", host.value()), "emc-vol-" + system + "-" + volume);
    }
}
