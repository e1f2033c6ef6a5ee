package io.hvkit.examples.images;

import io.hvkit.examples.console.Demo;
import java.io.IOException;
import java.util.Map;

/** Runs the demonstration of images from the command line: {@code --work FOLDER [--keep]}. */
public final class ImagesCommand {

    private ImagesCommand() {}

    /** Runs it; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Demo.main("images", arguments, Map.of(), demo -> new Images(demo.folder(), demo.proofs()).run());
    }
}
