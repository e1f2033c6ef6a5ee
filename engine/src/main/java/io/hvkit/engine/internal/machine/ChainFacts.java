package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.util.List;

/** How overlays are written down in the journal. What was written stays readable. */
final class ChainFacts {

    private static final String SPACE = " ";

    private ChainFacts() {}

    static Facts with(Facts facts, String name, List<MachineDisk> overlays) {
        return MachineFacts.listed(facts, name, overlays, ChainFacts::text);
    }

    static List<MachineDisk> list(Facts facts, String name) {
        return MachineFacts.list(facts, name, ChainFacts::overlay);
    }

    static List<MachineDisk> disks(List<Overlay> overlays) {
        return overlays.stream()
                .map(overlay -> new MachineDisk(overlay.disk(), overlay.place()))
                .toList();
    }

    static List<Overlay> overlays(List<MachineDisk> disks) {
        return disks.stream()
                .map(disk -> new Overlay(disk.volume(), disk.attachment(), Overlay.State.LAID))
                .toList();
    }

    private static String text(MachineDisk overlay) {
        return overlay.volume() + SPACE + overlay.attachment().text();
    }

    private static MachineDisk overlay(String text) {
        List<String> words = List.of(text.split(SPACE, 2)); // a path may have spaces, and an id has none
        return new MachineDisk(new VolumeId(words.get(0)), Attachment.parse(words.get(1)));
    }
}
