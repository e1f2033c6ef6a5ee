package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.internal.Json;
import io.hvkit.core.internal.Names;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a guest's cloud-init is told. A guest acts on it once for each instance id: another id makes it begin anew. User data may
 * hold passwords, so it is in no text of this, and a host keeps it where its own programs alone read it. Immutable.
 */
@Incubating(since = "0.1")
public final class CloudInit {

    /** The most bytes of user data: 512 KiB. */
    public static final int LARGEST = 512 * 1024;

    private static final int LONGEST_HOST_NAME = 253;
    private static final Pattern ID = Pattern.compile("[!-~]{1,128}");
    private static final Pattern HOST_NAME = Pattern.compile(
            "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*");

    private record Fields(
            String instanceId, Optional<String> hostName, Withheld userData, Optional<NetworkConfig> network) {}

    private final Fields fields;

    private CloudInit(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns what tells a guest its instance id alone.
     *
     * @param instanceId 1 to 128 visible ASCII characters
     * @throws IllegalArgumentException if it is not such
     */
    public static CloudInit of(String instanceId) {
        if (!ID.matcher(instanceId).matches()) {
            throw new IllegalArgumentException(
                    "an instance id has 1 to 128 visible ASCII characters: '" + Names.printable(instanceId) + "'");
        }
        return new CloudInit(new Fields(instanceId, Optional.empty(), new Withheld(new byte[0]), Optional.empty()));
    }

    /**
     * Returns this with the guest's name in the network.
     *
     * @throws IllegalArgumentException if it is no host name
     */
    public CloudInit hostName(String name) {
        if (name.length() > LONGEST_HOST_NAME || !HOST_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a host name has letters, digits and -, in parts of up to 63 between dots: '"
                            + Names.printable(name) + "'");
        }
        return new CloudInit(new Fields(fields.instanceId, Optional.of(name), fields.userData, fields.network));
    }

    /** Does the same as {@link #userData(byte[])} with text, such as one that begins with {@code #cloud-config}. */
    public CloudInit userData(String text) {
        return userData(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns this with user data, in any form that cloud-init takes; it is copied.
     *
     * @throws IllegalArgumentException if it has more than {@link #LARGEST} bytes
     */
    public CloudInit userData(byte[] bytes) {
        if (bytes.length > LARGEST) {
            throw new IllegalArgumentException("user data has at most " + LARGEST + " bytes, not " + bytes.length
                    + "; have the guest fetch the rest");
        }
        return new CloudInit(
                new Fields(fields.instanceId, fields.hostName, new Withheld(bytes.clone()), fields.network));
    }

    /** Returns this with the network set up in a stated way. Without it cloud-init does what it usually does: DHCP on one card. */
    public CloudInit network(NetworkConfig config) {
        return new CloudInit(new Fields(fields.instanceId, fields.hostName, fields.userData, Optional.of(config)));
    }

    /** Returns the instance id. */
    public String instanceId() {
        return fields.instanceId;
    }

    /** Returns the guest's name in the network, if it is told one. */
    public Optional<String> hostName() {
        return fields.hostName;
    }

    /** Returns how the network is set up, if that is stated. */
    public Optional<NetworkConfig> network() {
        return fields.network;
    }

    /**
     * Returns the files of a seed by name, as cloud-init's NoCloud source reads them: {@code meta-data}, {@code user-data} and,
     * if the network is stated, {@code network-config}. The arrays are the caller's; they may hold passwords. Equal values have
     * equal files.
     */
    public Map<String, byte[]> files() {
        Map<String, byte[]> files = new TreeMap<>();
        files.put("meta-data", metaData().getBytes(StandardCharsets.US_ASCII));
        files.put("user-data", fields.userData.bytes.clone());
        fields.network.ifPresent(
                config -> files.put("network-config", config.text().getBytes(StandardCharsets.US_ASCII)));
        return Collections.unmodifiableMap(files);
    }

    /** JSON is YAML too, and has one way to write a string. */
    private String metaData() {
        String name = fields.hostName
                .map(host -> ",\n \"local-hostname\": " + Json.quoted(host))
                .orElse("");
        return "{\"instance-id\": " + Json.quoted(fields.instanceId) + name + "}\n";
    }

    /** Bytes that are compared, and never shown. */
    private static final class Withheld {

        private final byte[] bytes;

        Withheld(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Withheld that && MessageDigest.isEqual(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return bytes.length + " bytes, withheld";
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CloudInit that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "CloudInit" + fields;
    }
}
