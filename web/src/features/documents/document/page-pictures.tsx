import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { describeError } from "../../../api/describe-error.ts";
import { pagePictureQuery } from "../../../api/document-page-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { Skeleton } from "../../../ui/card.tsx";
import { count } from "../../../ui/format.ts";

/** Sharp on most screens without being asked for at every width of the window. */
const pictureWidth = 1200;
/** So many pages have a place at once; the next ones are one press away. */
const pagesAtOnce = 30;

/** A picture that came by a call with the person's session, and not by its address. */
const BlobPicture = ({ blob, label }: { blob: Blob; label: string }) => {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const url = URL.createObjectURL(blob);
    if (image.current !== null) image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [blob]);
  return <img ref={image} alt={label} className="block w-full" />;
};

/** Whether the place has come near to what is shown; stays so. */
const useWasNear = () => {
  const place = useRef<HTMLDivElement>(null);
  const [wasNear, setWasNear] = useState(false);
  useEffect(() => {
    if (wasNear || place.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setWasNear(true);
      },
      { rootMargin: "600px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [wasNear]);
  return { place, wasNear };
};

const PagePicture = ({ documentId, page, of }: { documentId: string; page: number; of: number }) => {
  const { place, wasNear } = useWasNear();
  const picture = useQuery({
    ...pagePictureQuery({ id: documentId, page, width: pictureWidth }),
    enabled: wasNear,
  });
  return (
    <figure className="flex flex-col gap-1">
      <div ref={place} className="overflow-hidden rounded-md border border-line bg-white">
        {picture.error !== null ? (
          <div className="flex aspect-[1/1.414] flex-col items-center justify-center gap-3 bg-sunken p-6 text-center text-soft">
            <p>{describeError(picture.error).message}</p>
            <Button onClick={() => void picture.refetch()}>Try again</Button>
          </div>
        ) : picture.data === undefined ? (
          <Skeleton className="aspect-[1/1.414]" />
        ) : (
          <BlobPicture blob={picture.data} label={`Page ${page}`} />
        )}
      </div>
      <figcaption className="text-center text-xs text-faint">
        {count(page)} of {count(of)}
      </figcaption>
    </figure>
  );
};

/** The pages of the stored file under one another; each is asked for when it comes near. */
export const PagePictures = ({ documentId, pageCount }: { documentId: string; pageCount: number }) => {
  const [shown, setShown] = useState(pagesAtOnce);
  const pages = Array.from({ length: Math.min(shown, pageCount) }, (_, index) => index + 1);
  return (
    <div className="flex flex-col gap-4">
      {pages.map((page) => (
        <PagePicture key={page} documentId={documentId} page={page} of={pageCount} />
      ))}
      {shown < pageCount && <Button onClick={() => setShown(shown + pagesAtOnce)}>Show more pages</Button>}
    </div>
  );
};
