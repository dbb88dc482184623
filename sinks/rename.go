package sinks

import (
	"errors"
	"fmt"
	"os"
)

// moveIntoPlace gives directory from the name to, which holds what inspect found there.
// It returns the name that the replaced directory has afterwards, if there was one.
func moveIntoPlace(from, to string, found occupant) (old string, err error) {
	if found == nothing {
		return "", os.Rename(from, to) // refuses a directory that has appeared
	}
	if done, err := exchange(from, to); done || err != nil {
		return from, err
	}
	return swap(from, to)
}

// swap exchanges two directories where the system cannot do it in one step. Between its
// renames, for some microseconds, to does not exist.
func swap(from, to string) (old string, err error) {
	old = from + "-old"
	if err := os.Rename(to, old); err != nil {
		return "", err
	}
	if err := os.Rename(from, to); err != nil {
		if back := os.Rename(old, to); back != nil {
			return "", fmt.Errorf("%w; the previous result is now in %s: %w", err, old, back)
		}
		return "", err
	}
	return old, nil
}

// removeReplaced removes what Commit has replaced. Of a directory that was empty it
// removes no file that somebody has put there since.
func removeReplaced(old string, found occupant) error {
	var err error
	switch found {
	case emptyDirectory:
		err = os.Remove(old)
	case ownResult:
		err = os.RemoveAll(old)
	}
	if err != nil {
		return errors.Join(ErrLeftover, err)
	}
	return nil
}
