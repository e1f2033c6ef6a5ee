package io.hvkit.storage.spi;

import io.hvkit.core.VolumeId;

/**
 * A request for a volume that begins with what is on a template. Equal requests are the same request: sending one twice makes one
 * volume; keys are not compared.
 *
 * @param template the volume that {@link Templates#add} made
 * @param volume what is to be made, as if it were blank: its name, its size, its format, and the key that it is encrypted with if it
 *     is to be
 * @param depth what the new volume needs of its template
 */
public record VolumeFromTemplate(VolumeId template, CreateVolume volume, CloneVolume.Depth depth) {

    /** Returns a request for a volume that needs nothing of its template, once it is made. */
    public static VolumeFromTemplate of(VolumeId template, CreateVolume volume) {
        return new VolumeFromTemplate(template, volume, CloneVolume.Depth.FULL);
    }

    /**
     * Returns this request for a volume that reads from its template what was not written to it, and is made at once. With a key,
     * all that is written is encrypted; what the template holds is as readable as the template.
     */
    public VolumeFromTemplate linked() {
        return new VolumeFromTemplate(template, volume, CloneVolume.Depth.LINKED);
    }
}
