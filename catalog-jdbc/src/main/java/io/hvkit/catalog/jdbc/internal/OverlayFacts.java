package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.List;

/** How the overlays of a disk are written in its row; what was written stays readable. */
final class OverlayFacts {

    private OverlayFacts() {}

    static Facts of(List<Overlay> overlays) {
        Facts facts = Facts.NONE;
        for (int i = 0; i < overlays.size(); i++) {
            Overlay overlay = overlays.get(i);
            facts = facts.with("disk." + i, overlay.disk())
                    .with("place." + i, overlay.place().text())
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
                    Attachment.parse(facts.text("place." + i)),
                    Overlay.State.valueOf(facts.text("state." + i))));
        }
        return overlays;
    }
}
