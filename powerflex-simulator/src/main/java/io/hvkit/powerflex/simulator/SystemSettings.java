package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.util.List;
import java.util.stream.Stream;

/** A system with its gateway. Immutable. */
public final class SystemSettings {

    record Fields(
            String name,
            GatewayVersion version,
            List<PoolSettings> pools,
            List<String> mdms,
            String user,
            String password) {}

    private final Fields fields;

    private SystemSettings(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a system of version 4.5, with the pools {@code pool1} and {@code pool2} unless others are named, and the account
     * {@code admin} with the password {@code simulator}. Its id follows from its name.
     */
    public static SystemSettings named(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,31}")) {
            throw new IllegalArgumentException("a system is named by 1 to 31 letters, digits, points, dashes and"
                    + " underscores, not '" + name + "'");
        }
        return new SystemSettings(new Fields(name, GatewayVersion.V4_5, List.of(), List.of(), "admin", "simulator"));
    }

    /** Returns this system as another version. */
    public SystemSettings version(GatewayVersion version) {
        return new SystemSettings(
                new Fields(fields.name, version, fields.pools, fields.mdms, fields.user, fields.password));
    }

    /** Returns this system with one more pool. */
    public SystemSettings pool(PoolSettings pool) {
        List<PoolSettings> more =
                Stream.concat(fields.pools.stream(), Stream.of(pool)).toList();
        return new SystemSettings(
                new Fields(fields.name, fields.version, more, fields.mdms, fields.user, fields.password));
    }

    /** Returns this system with those addresses of its metadata managers; nothing listens there. */
    public SystemSettings mdms(String... addresses) {
        return new SystemSettings(new Fields(
                fields.name, fields.version, fields.pools, List.of(addresses), fields.user, fields.password));
    }

    /** Returns this system with another account. */
    public SystemSettings account(String user, String password) {
        return new SystemSettings(new Fields(fields.name, fields.version, fields.pools, fields.mdms, user, password));
    }

    Fields fields() {
        return fields;
    }
}
