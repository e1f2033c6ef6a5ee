package io.hvkit.powerflex.simulator.internal.gateway;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a client sends.
 *
 * @param path the path in words, decoded once; a slash at the end adds none
 */
record Request(String method, URI uri, List<String> path, Optional<String> authorization, String text) {

    static Request of(String method, URI uri, Optional<String> authorization, String text) {
        List<String> words = Arrays.stream(uri.getRawPath().split("/", -1))
                .filter(word -> !word.isEmpty())
                .map(Request::decoded)
                .toList();
        return new Request(method, uri, words, authorization, text);
    }

    boolean isGet() {
        return method.equals("GET");
    }

    boolean isPost() {
        return method.equals("POST");
    }

    /** Returns what it says; a GET says nothing, whatever it brings. */
    Body body() {
        return Body.of(isGet() ? "" : text);
    }

    /** Decodes what is written for a path, where a plus is a plus; what is not encoded stays as it is. */
    static String decoded(String word) {
        try {
            return URLDecoder.decode(word.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return word;
        }
    }
}
