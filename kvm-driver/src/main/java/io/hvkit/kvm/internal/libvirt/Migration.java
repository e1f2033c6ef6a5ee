package io.hvkit.kvm.internal.libvirt;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How a domain moves to another host.
 *
 * @param targetXml what it is there
 * @param rememberedXml what the target remembers of it; if there is none, neither host remembers it
 * @param uri where the target listens; libvirt's own choice if it is left out
 * @param disks the disks that are copied, by what libvirt calls them; others must be seen by both hosts
 * @param mebibytesPerSecond the most to copy in a second
 * @param choices what else is to be so
 */
public record Migration(
        String targetXml,
        Optional<String> rememberedXml,
        Optional<String> uri,
        Set<String> disks,
        OptionalLong mebibytesPerSecond,
        Set<Choice> choices) {

    private static final int LIVE = 1;
    private static final int PERSIST_TARGET = 1 << 3;
    private static final int UNDEFINE_SOURCE = 1 << 4;
    private static final int COPY_DISKS = 1 << 6;
    private static final int ABORT_ON_ERROR = 1 << 12;

    /** What may be chosen. */
    public enum Choice {
        /** It waits on the target until somebody resumes it. */
        HELD(1 << 5),
        /** libvirt takes the caller's word that disks which stay are shared. */
        TRUST_THE_CALLER(1 << 9),
        /** A guest that is too busy is slowed down. */
        AUTO_CONVERGE(1 << 13),
        /** It can be let go before all of its memory is there. */
        POST_COPY(1 << 15),
        /** What travels is encrypted, by the certificates of both hosts. */
        ENCRYPTED(1 << 16);

        private final int flag;

        Choice(int flag) {
            this.flag = flag;
        }
    }

    int flags() {
        int flags = LIVE | ABORT_ON_ERROR;
        if (rememberedXml.isPresent()) {
            flags |= PERSIST_TARGET | UNDEFINE_SOURCE;
        }
        if (!disks.isEmpty()) {
            flags |= COPY_DISKS;
        }
        for (Choice choice : choices) {
            flags |= choice.flag;
        }
        return flags;
    }

    void fill(Parameters parameters) throws LibvirtException {
        parameters.add("destination_xml", targetXml);
        if (rememberedXml.isPresent()) {
            parameters.add("persistent_xml", rememberedXml.get());
        }
        if (uri.isPresent()) {
            parameters.add("migrate_uri", uri.get());
        }
        for (String disk : disks) {
            parameters.add("migrate_disks", disk);
        }
        if (mebibytesPerSecond.isPresent()) {
            parameters.add("bandwidth", mebibytesPerSecond.getAsLong());
            if (choices.contains(Choice.POST_COPY)) {
                parameters.add("bandwidth.postcopy", mebibytesPerSecond.getAsLong());
            }
        }
    }
}
