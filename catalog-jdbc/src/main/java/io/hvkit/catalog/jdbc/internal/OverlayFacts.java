package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the overlays of a disk are written in its row; what was written stays readable. */
final class OverlayFacts {

    private static final String DEVICE = "device ";
    private static final String FILE = "file ";
    private static final String REMOTE = "remote ";

    private OverlayFacts() {}

    static Facts of(List<Overlay> overlays) {
        Facts facts = Facts.NONE;
        for (int i = 0; i < overlays.size(); i++) {
            Overlay overlay = overlays.get(i);
            facts = facts.with("disk." + i, overlay.disk())
                    .with("place." + i, text(overlay.place()))
                    .with("state." + i, overlay.state());
        }
        return facts;
    }

    static List<Overlay> read(Facts facts) {
        List<Overlay> overlays = new ArrayList<>();
        while (facts.find("disk." + overlays.size()).isPresent()) {
            int i = overlays.size();
            overlays.add(new Overlay(
                    new VolumeId(facts.text("disk." + i)),
                    place(facts.text("place." + i)),
                    Overlay.State.valueOf(facts.text("state." + i))));
        }
        return overlays;
    }

    private static String text(Attachment place) {
        return place.match(
                device -> DEVICE + device.path(), file -> FILE + file.path(), remote -> REMOTE + remote.uri());
    }

    private static Attachment place(String text) {
        if (text.startsWith(DEVICE)) {
            return new Attachment.BlockDevice(Path.of(text.substring(DEVICE.length())));
        }
        if (text.startsWith(FILE)) {
            return new Attachment.ImageFile(Path.of(text.substring(FILE.length())));
        }
        return new Attachment.Remote(URI.create(text.substring(REMOTE.length())));
    }
}
