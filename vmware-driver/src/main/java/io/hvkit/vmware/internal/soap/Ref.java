package io.hvkit.vmware.internal.soap;

/**
 * A managed object, as a vCenter refers to it.
 *
 * @param value opaque: a number after a word, mostly, but paths and brackets are seen too
 */
public record Ref(String type, String value) {

    /** The one object that is known before anything was asked. */
    public static final Ref SERVICE = new Ref("ServiceInstance", "ServiceInstance");

    @Override
    public String toString() {
        return type + ":" + value;
    }
}
